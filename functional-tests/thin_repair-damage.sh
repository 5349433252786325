#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Of damaged metadata all that is sound is saved, and what is not is told.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

field() { # FILE BLOCK OFFSET SIZE
	md get "$@"
}
# Repairs md.img; the result passes a check, and repairing it changes nothing.
repaired() {
	blank out.img 16M
	unchanged md.img run_ok thin_repair -i md.img -o out.img --report lost.json
	cp err told
	json <lost.json >/dev/null || fail "the report is no JSON"
	is_sound out.img
	thin_dump --expand out.img >out.xml
	blank again.img 16M
	run_ok thin_repair --strict -i out.img -o again.img
	is_silent
	thin_dump --expand again.img >again.xml
	same out.xml again.xml
	run thin_repair --strict --dry-run -i md.img
	[ "$status" = 1 ] || [ ! -s told ] || ! grep -q -e loss: -e doubt: -e older: told ||
		complain "--strict says nothing"
}
zero() { # BLOCK
	dd if=/dev/zero of=md.img bs=4096 seek="$1" count=1 conv=notrunc status=none
}
told() { # TEXT
	grep -qF -e "$1" told || {
		cat told
		fail "wanted: $1"
	}
}
# So many lines of the dump are not what they were.
differs() { # NUMBER
	differs_nr=$(diff before.xml out.xml | grep -c '^[<>].*_mapping')
	[ "$differs_nr" -le "$1" ] || fail "$differs_nr mappings differ, wanted $1"
}

fixture snapshots md.img
top=$(field md.img 0 320 8)
details=$(field md.img 0 328 8)

# A leaf of one device: that leaf's mappings, told with device and range.
fixture deep md.img
thin_dump --expand md.img >before.xml
leaf=$(md path md.img 0 1 | tr ' ' '\n' | tail -n 1)
zero "$leaf"
repaired
told "loss: device 0: thin blocks 1 to "
told "of 64000 mappings are lost"
differs 252

# An inner node and a root: everything is found again.
for depth in 1 2; do
	fixture deep md.img
	block=$(md path md.img 0 1 | tr ' ' '\n' | tail -n $((depth + 1)) | head -n 1)
	zero "$block"
	repaired
	told "found by evidence"
	differs 0
done

# The top-level tree and the details tree, of which older ones are there.
fixture snapshots md.img
thin_dump --expand md.img >before.xml
zero "$top"
repaired
told "found by evidence"
grep -o 'device dev_id="[0-9]*"' before.xml >ids
grep -o 'device dev_id="[0-9]*"' out.xml | cmp -s - ids || fail "other devices"
fixture snapshots md.img
zero "$details"
repaired
told "details"
differs 0

# Both: an older transaction, by name.
zero "$top"
repaired
told "older: device trees of an older transaction"

# mapped_blocks wrong: corrected, nothing else.
fixture basic md.img
thin_dump --expand md.img >before.xml
md set md.img "$(field md.img 0 328 8)" 1040 8 7
repaired
told "details say 7 mapped blocks"
differs 0

# One wrong bit anywhere is put right.
fixture basic md.img
thin_dump --expand md.img >before.xml
for block in 0 "$(field md.img 0 320 8)" "$(field md.img 0 328 8)"; do
	fixture basic md.img
	spoil=$((block * 4096 + 100))
	byte=$(od -An -tu1 -j $spoil -N 1 md.img)
	# shellcheck disable=SC2059 # the format is what it is about
	printf "\\$(printf %03o $((byte ^ 4)))" |
		dd of=md.img bs=1 seek=$spoil conv=notrunc status=none
	repaired
	told "one wrong bit put right"
	same before.xml out.xml
done

# Two leaves that have changed places.
fixture deep md.img
thin_dump --expand md.img >before.xml
other=$(md path md.img 0 10001 | tr ' ' '\n' | tail -n 1)
dd if=md.img of=a bs=4096 skip="$leaf" count=1 status=none
dd if=md.img of=b bs=4096 skip="$other" count=1 status=none
dd if=a of=md.img bs=4096 seek="$other" conv=notrunc status=none
dd if=b of=md.img bs=4096 seek="$leaf" conv=notrunc status=none
repaired
told "block $leaf found in block $other"
same before.xml out.xml

# Space maps are made anew.
fixture basic md.img
thin_dump --expand md.img >before.xml
for offset in 80 88 208 216; do
	zero "$(field md.img 0 $offset 8)"
done
repaired
[ ! -s told ] || fail "wanted silence: $(cat told)"
same before.xml out.xml

# lvm2's test: one byte of kernel-made metadata is zeroed.
for name in basic snapshots held killed; do
	fixture $name md.img
	printf '\0' | dd of=md.img bs=1 seek=40960 conv=notrunc status=none
	repaired
done
