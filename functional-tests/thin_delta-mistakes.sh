#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin_delta wants two sides that are there, and names damage in what it reads.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture snapshots
fixture held

for sides in '' '--thin1 0' '--thin2 0' '--root1 9' '--thin1 0 --root1 9 --thin2 1'; do
	# shellcheck disable=SC2086 # words
	run_rejects thin_delta $sides snapshots.img
	stdout_is_empty
	stderr_has "try thin_delta --help"
done
run_rejects thin_delta --thin1 0 --thin2 999 snapshots.img
stderr_has "has no device 999"
run_rejects thin_delta --thin1 0 --root2 1024 snapshots.img
stderr_has "--root2: block 1024, wanted one below 1024"
run_fails thin_delta --thin1 0 --root2 0 snapshots.img
stderr_has "block 0"
for only in '' none 'same,' SAME 'same left_only'; do
	run_rejects thin_delta --thin1 0 --thin2 1 --only "$only" snapshots.img
	stderr_has "wanted some of same"
done
run_rejects thin_delta --thin1 0 --thin2 1 --format text snapshots.img
stderr_has "wanted one of xml|json"
run_rejects thin_delta -m --thin1 0 --thin2 1 snapshots.img
stderr_has reserve_metadata_snap

# The metadata snapshot has other devices, and its block is verified.
held=$(md get held.img 0 56 8)
for option in -m "-m$held" "-m=$held" "--metadata-snap=$held"; do
	run_ok thin_delta "$option" --thin1 0 --thin2 2 held.img
	stdout_has 'nr_data_blocks="16384"'
done
run_rejects thin_delta -m7 --thin1 0 --thin2 2 held.img
stderr_has "not in block 7"
run_rejects thin_delta --thin1 0 --thin2 2 held.img
stderr_has "has no device 2"

# Damage ends the text, unless it is where nothing has to be read.
leaf=$(md path snapshots.img 0 390 | tail -n 1)
cp snapshots.img md.img
spoil_block md.img "$leaf"
unchanged md.img run_fails thin_delta --thin1 0 --thin2 0 md.img
stderr_has "block $leaf"
stderr_lines 1
stdout_lacks "</superblock>"
run_fails thin_delta -q --thin1 0 --thin2 0 md.img
stderr_is_empty
run_ok thin_delta --only different,left_only,right_only --thin1 0 --thin2 0 md.img

# Whatever is spoilt, it ends.
block=1
while [ $block -le 60 ]; do
	cp snapshots.img md.img
	md spoil md.img $block
	run timeout 100 thin_delta --thin1 0 --thin2 4 md.img
	[ "$status" -le 1 ] || complain "wanted status 0 or 1"
	block=$((block + 1))
done
