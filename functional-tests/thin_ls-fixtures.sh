#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin_ls counts on metadata of a kernel what the kernel counted.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

for name in $fixtures; do
	fixture "$name"
	unchanged "$name.img" run_ok thin_ls --no-headers -o DEV,MAPPED_BLOCKS "$name.img"
	stderr_is_empty
	awk '{ print $1, $2 }' out >ours
	# The truth of "held" is that of both sides.
	[ "$name" = held ] || {
		awk '{ print $1, $3 }' "$(fixture_truth "$name")" | sort -n >truth
		same ours truth
	}
	for threads in 1 7; do
		run_ok thin_ls --threads $threads --no-headers -o DEV,MAPPED_BLOCKS "$name.img"
		awk '{ print $1, $2 }' out >again
		same ours again
	done
	run_ok thin_ls --no-headers -o MAPPED_BLOCKS,EXCLUSIVE_BLOCKS,SHARED_BLOCKS "$name.img"
	awk '$1 != $2 + $3 { exit 1 }' out || complain "blocks that are neither or both"
done

# Of an active pool, the metadata snapshot.
run_ok thin_ls -m --no-headers -o DEV held.img
stdout_is '0 
1 
2 
3 '
held=$(md get held.img 0 56 8)
run_ok thin_ls "-m=$held" held.img
run_rejects thin_ls -m7 held.img
stderr_has "not in block 7"
run_rejects thin_ls -m basic.img
stderr_has reserve_metadata_snap
