#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A dump is the same for any number of threads.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

make_thin_md many.img 40 1000 8M
for file in many.img deep.img snapshots.img held.img; do
	[ -f $file ] || fixture "${file%.img}"
	for options in '' --expand '-f human_readable' --skip-mappings '--dev-id 2'; do
		# shellcheck disable=SC2086 # words
		run_ok thin_dump --threads 1 $options $file
		cp out out.1
		cp err err.1
		for threads in 2 8 64; do
			# shellcheck disable=SC2086
			run_ok thin_dump --threads $threads $options $file
			same out.1 out
			same err.1 err
		done
	done
done
# Damage as well.
spoil_block many.img "$(md path many.img 20 1500 | tail -n 1)"
run_fails thin_dump --threads 1 many.img
cp out out.1
cp err err.1
for threads in 2 8 64; do
	run_fails thin_dump --threads $threads many.img
	same out.1 out
	same err.1 err
done
