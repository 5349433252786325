#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin_ls names damage and prints no numbers that might be wrong.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture snapshots as-was
path=$(md path as-was 0 0)

for block in $path; do
	cp as-was md.img
	spoil_block md.img "$block"
	unchanged md.img run_fails thin_ls md.img
	stdout_is_empty
	stderr_has "block $block"
	[ "$block" = "$(echo "$path" | head -n 1)" ] ||
		stderr_has "(mapping node): device 0: "
	unchanged md.img run_fails thin_ls -q -o DEV,SHARED md.img
	is_silent
done
# The leaf does not matter for what the details say.
run_ok thin_ls -o DEV,TRANSACTION,CREATE_TIME,SNAP_TIME md.img
stderr_is_empty

# A pointer to the superblock does not mean that there is none.
cp as-was md.img
md set md.img 0 320 8 0
run_fails thin_ls md.img
stderr_has "block 0 (device tree node): block is of kind superblock"
stderr_lacks "no thin metadata found"

# Whatever is spoilt, it ends.
seed=1
while [ $seed -le 40 ]; do
	cp as-was md.img
	md spoil md.img $((seed % 60))
	run timeout 100 thin_ls -o DEV,MAPPED,SHARED md.img
	[ "$status" -le 1 ] || complain "wanted status 0 or 1"
	seed=$((seed + 1))
done
