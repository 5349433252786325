#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin_ls prints what others print, but for "0b" and what empty devices have as highest block.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

all=DEV,MAPPED,MAPPED_BLOCKS,EXCLUSIVE,EXCLUSIVE_BLOCKS,EXCLUSIVE_SECTORS,SHARED,SHARED_BYTES
all=$all,TRANSACTION,CREATE_TIME,SNAP_TIME
highest=MAPPED_BLOCKS,DEV,HIGHEST_BLOCK,HIGHEST_SECTOR,HIGHEST_BYTE,HIGHEST_MAPPED

# 0.9 writes "0" where 1.1 and we write "0b".
cells() {
	sed 's/  */ /g; s/^ //; s/ *$//; s/^/ /; s/$/ /; :a; s/ 0 / 0b /; ta'
}
compare() { # DIRECTORY OPTION...
	compare_peer=$1/thin_ls
	shift
	"$compare_peer" "$@" 2>/dev/null | cells >theirs
	thin_ls "$@" | cells >ours
	same ours theirs
}
# Of devices that are not empty.
compare_highest() { # DIRECTORY FILE
	"$1/thin_ls" --no-headers -o $highest "$2" 2>/dev/null | awk '$1 { print }' >theirs
	thin_ls --no-headers -o $highest "$2" | awk '$1 { print }' >ours
	sed -i 's/  */ /g' ours theirs
	same ours theirs
}

nr=0
if (need_peer09 >/dev/null); then
	need_peer09
	for name in $fixtures; do
		fixture "$name"
		compare "$peer09" -o $all "$name.img"
	done
	compare "$peer09" -o $all -m held.img
	nr=1
fi
if (need_peer11 >/dev/null); then
	need_peer11
	for name in $fixtures; do
		fixture "$name"
		compare "$PEER11" -o $all "$name.img"
		compare_highest "$PEER11" "$name.img"
	done
	compare "$PEER11" -m held.img
	nr=$((nr + 1))
fi
[ $nr -gt 0 ] || skip "no other thin_ls"
