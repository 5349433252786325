#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# As docs/rescue.md says, a removed volume comes back with its files, and so does a pool
# without superblock.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_guest
need lvm mkfs.ext4
# shellcheck disable=SC2034 # for guest
meta=disk.img data=none
blank disk.img 1G
mkdir kept
cp "$srcdir/../docs/rescue.md" kept
guest --rw "$PWD/kept" --ro "$bin" -e "PATH=$bin:/usr/sbin:/usr/bin:/sbin:/bin" \
	undelete "$PWD/kept" || fail "the guest failed"
run cat kept/told
stdout_has "transaction 3: "
stdout_has "taking number"
stdout_has "with 3 devices"
stdout_has "superblock is lost"
stdout_lacks "is not among"
stdout_lacks "is a guess"
