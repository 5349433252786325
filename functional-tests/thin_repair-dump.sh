#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin_dump --repair is thin_repair with XML as output.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

for name in $fixtures; do
	fixture "$name"
	thin_dump "$name.img" | sed 's/ flags="1"/ flags="0"/' >before.xml
	unchanged "$name.img" run_ok thin_dump --repair "$name.img"
	stderr_is_empty
	stdout_is_file before.xml
done

# The same of damaged metadata, with the same words.
for name in basic deep snapshots; do
	for block in $(md path $name.img 0 1) "$(md get $name.img 0 328 8)"; do
		cp $name.img md.img
		dd if=/dev/zero of=md.img bs=4096 seek="$block" count=1 conv=notrunc status=none
		blank out.img 16M
		run_ok thin_repair -i md.img -o out.img
		sed 's/^thin_repair/thin_dump/' err >told
		unchanged md.img run_ok thin_dump -r --expand md.img
		same told err
		cp out md.xml
		run_ok thin_dump --expand out.img
		stdout_is_file md.xml
	done
done

# What cannot be saved leaves the output file as it is.
dd if=/dev/zero of=md.img bs=4096 count=1 conv=notrunc status=none
unchanged md.xml run_rejects thin_dump -r -o md.xml md.img
stderr_has "--data-block-size"
run_ok thin_dump -r --data-block-size 128 -o md.xml md.img
head -n 1 md.xml | grep -q 'data_block_size="128"' || fail "another data block size"

# The metadata snapshot's trees.
run_ok thin_dump --repair -m held.img
[ "$(grep -c '<device' out)" = 4 ] || complain "wanted devices 0 to 3"
run_rejects thin_dump --repair -m=1 held.img
run_rejects thin_dump --repair -m basic.img
