#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A restore that is killed or loses power never looks like metadata, unless it is complete.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_strace

for name in snapshots deep; do
	fixture $name old.img
	thin_dump -o new.xml old.img
	# Something else was there, whose superblock must not survive.
	make_thin_md old.img 30 500 16M
	thin_dump -o old.xml old.img

	cp old.img md.img
	trace_writes md.img thin_restore -i new.xml -o md.img
	is_sound md.img
	[ "$nr_writes" -ge 3 ] || fail "only $nr_writes writes"
	for n in $(seq 0 "$nr_writes"); do
		[ "$n" -le 1 ] && may_be_old=yes || may_be_old=no
		cp old.img md.img
		crash md.img "$n"
		judge_crashed "$name: after $n writes" "$may_be_old"
		for seed in 1 2 3 4 5 6 7 8; do
			cp old.img md.img
			crash md.img "$n" $seed
			judge_crashed "$name: power cut $seed before write $n" "$may_be_old"
		done
	done
	# The spool may be written to as well, so there can be more than nr_writes.
	for n in $(seq 1 $((nr_writes + 3))); do
		cp old.img md.img
		killed_at "$n" thin_restore -i new.xml -o md.img
		judge_crashed "$name: killed at write $n" yes
		[ "$status" != 0 ] || [ "$n" -gt 1 ] || cmp -s out old.xml ||
			complain "it was not killed"
	done
	run_ok thin_check md.img
done

# Errors of the device are told, and nothing half done looks whole.  As each thread
# counts its own calls, the second write is the superblock or behind a part.
fixture basic old.img
thin_dump -o old.xml old.img
for n in 1 2; do
	fails_at pwrite64 $n thin_restore -i new.xml -o md.img
done
for n in 1 2 3; do
	fails_at fdatasync $n thin_restore -i new.xml -o md.img
done
