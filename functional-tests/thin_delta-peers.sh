#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin_delta writes what others write, but for attributes of the first line.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

# What only some of them have in the first line, and the newline at the end.
common() {
	sed 's/ flags="[0-9]*"//; s/ metadata_snap="[0-9]*"//; s/ nr_data_blocks="[0-9]*"//'
}
compare() { # THIN_DELTA OPTION...
	compare_peer=$1
	shift
	{
		"$compare_peer" "$@" 2>/dev/null
		echo
	} | common | sed '/^$/d' >theirs
	run_ok thin_delta "$@"
	common <out >ours
	same ours theirs
}
all_pairs() { # THIN_DELTA FILE OPTION...
	pairs_peer=$1
	pairs_file=$2
	shift 2
	ids=$(thin_ls --no-headers -o DEV "$pairs_file" | head -n 6)
	for left in $ids; do
		for right in $ids; do
			compare "$pairs_peer" --thin1 "$left" --thin2 "$right" "$@" "$pairs_file"
		done
	done
}

nr=0
if (need_peer09 >/dev/null); then
	need_peer09
	for name in $fixtures; do
		fixture "$name"
		all_pairs "$peer09/thin_delta" "$name.img"
		all_pairs "$peer09/thin_delta" "$name.img" --verbose
	done
	compare "$peer09/thin_delta" -m --thin1 0 --thin2 2 held.img
	nr=1
fi
# Plain text only: verbose, 1.1 joins ranges whose data blocks do not follow each other.
if (need_peer11 >/dev/null); then
	need_peer11
	for name in basic held snapshots; do
		fixture "$name"
		compare "$PEER11/thin_delta" --snap1 0 --snap2 1 "$name.img"
	done
	fixture deep
	root=$(md path deep.img 2 0 | sed -n 2p)
	compare "$PEER11/thin_delta" --thin1 0 --root2 "$root" deep.img
	nr=$((nr + 1))
fi
[ $nr -gt 0 ] || skip "no other thin_delta"
