#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A dump has the devices, the side and the numbers that were asked for.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture basic
fixture snapshots
fixture held
run_ok thin_dump --expand snapshots.img
cp out all.xml

part_of() { # ID... : the devices of all.xml
	sed -n 1p all.xml
	for part_id; do
		sed -n "/<device dev_id=\"$part_id\"/,/<\/device>/p" all.xml
	done
	sed -n '$p' all.xml
}
for ids in 0 1 13 "0 3" "4 10 22" "22"; do
	# shellcheck disable=SC2086 # words
	part_of $ids >wanted.xml
	options=
	for id in $ids; do
		options="--dev-id $id $options"
	done
	# shellcheck disable=SC2086
	unchanged snapshots.img run_ok thin_dump --expand $options snapshots.img
	stdout_is_file wanted.xml
	stderr_is_empty
	# What is asked for twice is there once.
	# shellcheck disable=SC2086
	run_ok thin_dump --expand $options $options snapshots.img
	stdout_is_file wanted.xml
done
# A single device is plain, whatever it shares.
part_of 13 >wanted.xml
run_ok thin_dump --dev-id 13 snapshots.img
stdout_is_file wanted.xml

# One that does not exist: nothing of it, a warning, no error.
run_ok thin_dump --dev-id 77 snapshots.img
stdout_is "$(part_of)"
stderr_lines 1
stderr_has "warning: there is no device 77"
run_ok thin_dump -q --dev-id 77 snapshots.img
stderr_is_empty
run_ok thin_dump --expand --dev-id 77 --dev-id 0 snapshots.img
stdout_is "$(part_of 0)"

run_ok thin_dump --skip-mappings snapshots.img
grep -v _mapping all.xml >wanted.xml
stdout_is_file wanted.xml
run_ok thin_dump --skip-mappings --dev-id 10 snapshots.img
part_of 10 | grep -v _mapping >wanted.xml
stdout_is_file wanted.xml

# The metadata snapshot has its own devices, and the live number of data blocks.
block=$(md get held.img 0 56 8)
run_ok thin_dump -m held.img
head -n 1 out | grep -qF ' nr_data_blocks="16384">' || complain "no live number of data blocks"
[ "$(sed -n 's/.*<device dev_id="\([0-9]*\)".*/\1/p' out | tr '\n' ' ')" = "0 1 2 3 " ] ||
	complain "other devices than those of the snapshot"
cp out snapshot.xml
for option in --metadata-snap "-m$block" "-m=$block" "--metadata-snap=$block"; do
	run_ok thin_dump "$option" held.img
	stdout_is_file snapshot.xml
	run_ok thin_dump held.img "$option"
	stdout_is_file snapshot.xml
done
# Who names the block so knows no definitions.
run_ok thin_dump -m --expand held.img
cp out expanded.xml
run_ok thin_dump --format xml held.img --metadata-snap "$block"
stdout_is_file expanded.xml
run_rejects thin_dump --format xml held.img --metadata-snap 7
stderr_has 7
stdout_is_empty
run_rejects thin_dump --metadata-snap=7 held.img
run_rejects thin_dump -m basic.img
stderr_has "reserve_metadata_snap"
stdout_is_empty
run_ok thin_dump -m --dev-id 5 held.img
stderr_has "no device 5"
restored snapshot.xml restored.img 4M
is_sound restored.img

# Numbers in place of those that are there, exactly.
thin_dump basic.img | sed '1s/transaction="5"/transaction="3"/
	1s/data_block_size="128"/data_block_size="1024"/
	1s/nr_data_blocks="8192"/nr_data_blocks="9000"/' >wanted.xml
run_ok thin_dump --transaction-id 3 --data-block-size 1024 --nr-data-blocks 9000 basic.img
stdout_is_file wanted.xml
run_ok thin_dump --transaction-id 18446744073709551615 basic.img
stdout_has 'transaction="18446744073709551615"'
for size in 0 64 100 129 2097280 4294967296; do
	run_rejects thin_dump --data-block-size $size basic.img
	stdout_is_empty
	stderr_has "data-block-size"
done
