# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # build: of the script that includes this

# Makes DIRECTORY/lib/modules with the modules of Debian's User Mode Linux and ours, where modprobe
# finds them, but for those that are left out.
module_tree() { # DIRECTORY [LEFT-OUT]...
	local version their=/usr/lib/uml/modules dir name

	version=$(basename "$(dirname "$their"/*/modules.dep)")
	dir=$1/lib/modules/$version
	mkdir -p "$dir/extra"
	cp -rs "$their/$version/kernel" "$dir/kernel" || return
	cp "$their/$version"/modules.{order,builtin,builtin.modinfo} "$dir"
	cp "$build/kernel/module/dm-multisnap.ko" "$dir/extra"
	for name in "${@:2}"; do
		rm "$(find "$dir/kernel" -name "$name.ko")" || return
	done
	depmod -b "$1" "$version"
}
