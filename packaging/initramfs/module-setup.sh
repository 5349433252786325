#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For dracut: puts the program for boot images into them, under the names of its
# tools.  It comes before the module lvm, which leaves files alone that are there.

# Wherever lvm is wanted.
check() {
	local fs

	[ -x @program@ ] && require_binaries lvm || return 1
	if [[ $hostonly || $mount_needs ]]; then
		# shellcheck disable=SC2154 # dracut has it
		for fs in "${host_fs_types[@]}"; do
			[[ $fs != LVM*_member ]] || return 0
		done
		return 255
	fi
	return 0
}

depends() {
	return 0
}

installkernel() {
	hostonly='' instmods dm-thin-pool
}

install() {
	local tool

	inst_simple @program@
	inst_dir /usr/sbin
	# shellcheck disable=SC2043 # they are several when it is installed
	for tool in @tools@; do
		ln_r @program@ "/usr/sbin/$tool"
	done
}
