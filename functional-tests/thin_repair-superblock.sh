#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Without a superblock the pool comes back, if its data block size is given.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

for name in basic deep snapshots grown; do
	fixture $name md.img
	thin_dump --expand md.img | sed 1d >before.xml
	dd if=/dev/zero of=md.img bs=4096 count=1 conv=notrunc status=none
	blank out.img 16M
	unchanged out.img run_rejects thin_repair -i md.img -o out.img
	stderr_has "--data-block-size"
	unchanged md.img run_ok thin_repair --data-block-size 128 --transaction-id 77 \
		-i md.img -o out.img
	stderr_has "superblock is lost"
	stderr_has "is a guess"
	is_sound out.img
	thin_dump --expand out.img >out.xml
	head -n 1 out.xml | grep -q 'transaction="77".*data_block_size="128"' || fail "other values"
	sed 1d out.xml | cmp -s - before.xml || fail "$name: other mappings"
	run_ok thin_repair --data-block-size 128 --transaction-id 77 --nr-data-blocks 1000000 \
		-i md.img -o out.img
	stderr_lacks "is a guess: 1"
	stderr_lacks "size of the data device"
	run_ok thin_dump out.img
	stdout_has 'nr_data_blocks="1000000"'
	run_rejects thin_repair --data-block-size 128 --nr-data-blocks 5 -i md.img -o out.img
	stderr_has "--nr-data-blocks"
done

# An empty pool is no answer.
fixture fresh md.img
dd if=/dev/zero of=md.img bs=4096 count=1 conv=notrunc status=none
unchanged out.img run_rejects thin_repair --data-block-size 128 -i md.img -o out.img
stderr_has "no devices found"
