#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A volume that lvm2 has removed comes back with its files, and so does a pool without superblock.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_guest
need lvm mkfs.ext4
# shellcheck disable=SC2034 # for guest
meta=disk.img data=none
blank disk.img 1G
mkdir kept
guest --rw "$PWD/kept" --ro "$bin" -e "PATH=$bin:/usr/sbin:/usr/bin:/sbin:/bin" \
	undelete "$PWD/kept" || fail "the guest failed"
run cat kept/undeleted
stdout_has "transaction 3: "
stdout_has "taking number"
for name in undeleted lost; do
	json <kept/$name.json >$name.json || fail "$name.json is no JSON"
	grep -q 'name precious$' $name.json || fail "$name.json does not name the volume"
	! grep -q missing_volumes "$name.json" || fail "$name.json misses volumes"
done
