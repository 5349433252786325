#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Volumes: holes, new blocks, whole and in part, with and without zeroing.
# shellcheck source=functional-tests/kernel/answers/lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

for features in "0" "1 skip_block_zeroing"; do
	for block in 128 384; do
		say "$features, blocks of $block sectors"
		dd if=/dev/zero of="$meta" bs=4k count=1 status=none
		dd if=/dev/zero of="$data" bs=1M count=8 oflag=direct status=none
		pool 65536 "$block" 0 "$features"
		message create_thin 0
		message create_thin 1
		thin t0 0 8192
		thin t1 1 8200
		sum t0
		put t0 1 0 64
		put t0 2 1024 4
		put t0 3 1020 8 512
		put t1 4 96 192 192
		put t1 5 4096 4
		show t0 t1 pool
		sum t0
		sum t1
		message delete 0
		dmsetup remove t0
		message delete 0
		show t1 pool
		dmsetup remove t1
		dmsetup remove pool
		pool 65536 "$block" 0 "$features"
		thin t1 1 8200
		sum t1
		show t1 pool
		dmsetup remove t1
		dmsetup remove pool
	done
done
