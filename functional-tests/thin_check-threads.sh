#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A checker's output is the same for any number of threads.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

# Many faults of all kinds.
make_thin_md many.img 40 1000 8M
for device in $(seq 1 40); do
	for block in 0 1000 2000; do
		[ $(((device + block / 1000) % 3)) = 0 ] ||
			spoil_block many.img "$(md path many.img "$device" $block | tail -n 1)"
	done
done
md leak many.img data 20 >/dev/null
for b in $(seq 0 7 300); do
	[ "$(md count many.img data "$b")" != 1 ] || md count many.img data "$b" 0
done
fixture deep
fixture snapshots
spoil_block snapshots.img "$(md path snapshots.img 4 0 | tail -n 1)"

for file in many.img deep.img snapshots.img; do
	for option in '' --json --skip-mappings '--explain --ignore-non-fatal-errors'; do
		# shellcheck disable=SC2086 # words
		run thin_check --threads 1 $option $file
		cp out out.1
		cp err err.1
		status_1=$status
		for threads in 2 3 8 64; do
			# shellcheck disable=SC2086
			run thin_check --threads $threads $option $file
			[ "$status" = "$status_1" ] || complain "wanted status $status_1"
			same out.1 out
			same err.1 err
		done
	done
done
run thin_check many.img
[ "$(wc -l <err)" -gt 80 ] || complain "too few faults for a test"
for threads in 0 4294967296 -1 x; do
	run thin_check --threads $threads deep.img
	[ "$status" = 1 ] || [ "$threads" = 0 ] || complain "wanted status 1"
done
