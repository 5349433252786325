#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Space maps that are damaged or wrong in any way are made anew, from trees that are whole.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

# Where the parts of the space maps are.  FILE PART...
part() {
	part_data=$(md get "$1" 0 $((64 + 16)) 8) part_index=$(md get "$1" 0 $((192 + 16)) 8)
	case $2 in
	meta-index) echo "$part_index" ;;
	meta-bitmap) md get "$1" "$part_index" 16 8 ;;
	meta-overflow) md get "$1" 0 $((192 + 24)) 8 ;;
	data-index) echo "$part_data" ;;
	data-bitmap) md get "$1" "$part_data" 1376 8 ;;
	data-overflow) md get "$1" 0 $((64 + 24)) 8 ;;
	esac
}
dump() { # FILE
	thin_dump "$1" | sed '1s/flags="1"/flags="0"/'
}
rebuilds() { # WHAT: in md.img
	run_fails thin_check md.img
	run_ok thin_check --rebuild-space-maps md.img
	stderr_has "space maps are rebuilt"
	is_sound md.img
	dump md.img >after.xml
	cmp -s before.xml after.xml || fail "$name: $1: mappings have changed"
	[ "$(md get md.img 0 4 4)" = 0 ] || fail "$name: $1: needs_check is still set"
	unchanged md.img run_ok thin_check --rebuild-space-maps md.img
	stderr_is_empty
}

for name in basic snapshots held grown needs-check; do
	fixture $name
	dump $name.img >before.xml
	for what in meta-index meta-bitmap meta-overflow data-index data-bitmap data-overflow; do
		cp $name.img md.img
		spoil_block md.img "$(part md.img $what)"
		rebuilds $what
	done
	# All of it at once.
	cp $name.img md.img
	for what in data-overflow data-bitmap data-index meta-overflow meta-bitmap meta-index; do
		spoil_block md.img "$(part $name.img $what)"
	done
	rebuilds everything
	# Counts too low, too high, and totals.
	cp $name.img md.img
	md leak md.img data 30
	md leak md.img meta 3
	md count md.img meta "$(md get md.img 0 320 8)" 0
	md set md.img 0 $((64 + 8)) 8 77
	rebuilds counts >/dev/null
	# Roots that lead nowhere, to each other, and to something else.
	[ $name = held ] || continue
	for root in 80 88 208 216; do
		for to in 0 1 99999999 "$(md get $name.img 0 320 8)" \
			"$(md get $name.img 0 80 8)"; do
			[ "$(md get $name.img 0 $root 8)" != "$to" ] || continue
			cp $name.img md.img
			md set md.img 0 $root 8 "$to"
			rebuilds "root $root is $to"
		done
	done
done >/dev/null

# Both roots are empty, as in the superblock of a metadata snapshot: the map then
# goes as far as mappings do, and the metadata's to the end of the device.
name=held
fixture $name
dump held.img | sed '1s/ nr_data_blocks=.*//' >before.xml
cp held.img md.img
for offset in 64 72 80 88 192 200 208 216; do
	md set md.img 0 $offset 8 0
done
run_fails thin_check md.img
run_ok thin_check --rebuild-space-maps md.img
data_end() { # OPTION...
	thin_dump --expand "$@" | sed -n '
		s/.*data_begin="\([0-9]*\)" length="\([0-9]*\)".*/\1 \2/p
		s/.*data_block="\([0-9]*\)".*/\1 1/p' |
		awk '$1 + $2 > end { end = $1 + $2 } END { print end }'
}
end=$(data_end held.img)
end_held=$(data_end -m held.img)
[ "$end" -ge "$end_held" ] || end=$end_held
stderr_has "the space maps are about $end data blocks and 1024 metadata blocks now"
is_sound md.img
dump md.img | sed '1s/ nr_data_blocks=.*//' >after.xml
same before.xml after.xml

# A sound pool is not written to, nor is a pool that is not a pool.
fixture basic
touch -d 2001-01-01 basic.img
unchanged basic.img run_ok thin_check --rebuild-space-maps basic.img
stderr_is_empty
[ "$(stat -c %Y basic.img)" = "$(date -d 2001-01-01 +%s)" ] || fail "it was written to"

# Hints are about space maps as well.
cp basic.img md.img
md set md.img "$(part md.img meta-bitmap)" 4 4 7
run_ok thin_check --explain md.img
stderr_has BITMAP_PADDING
run_ok thin_check --rebuild-space-maps md.img
run_ok thin_check --explain md.img
stderr_lacks BITMAP_PADDING

# Counts come from the trees, so those must be whole: it says what is not.
refuses() { # TEXT
	unchanged md.img run_fails thin_check --rebuild-space-maps md.img
	stderr_has "the space maps are not rebuilt"
	stderr_has "$1"
	stderr_has "thin_repair"
}
fixture held
spoil_block held.img "$(part held.img meta-bitmap)"
for what in leaf root details held superblock; do
	cp held.img md.img
	case $what in
	leaf) block=$(md path md.img 0 0 | tail -n 1) ;;
	root) block=$(md get md.img 0 320 8) ;;
	details) block=$(md get md.img 0 328 8) ;;
	held) block=$(md get md.img 0 56 8) ;;
	superblock) block=0 ;;
	esac
	spoil_block md.img "$block"
	refuses "block $block ("
done
# A tree of the metadata snapshot alone.
cp held.img md.img
block=$(md get md.img "$(md get md.img 0 56 8)" 328 8)
[ "$block" != "$(md get md.img 0 328 8)" ] || fail "it is shared"
spoil_block md.img "$block"
refuses "block $block (details node)"
# What a rebuild does not mend.
cp held.img md.img
md set md.img 0 360 4 1
refuses "unknown incompatible features"
run_fails thin_check --json --rebuild-space-maps md.img
json <out >lines
grep -q '^mended null$' lines || complain "it says that it has mended something"

# Without room nothing is written.
make_xml 2 500 >tight.xml
least=3
for attempt in 1 2 3 4 5; do
	blank tight.img $((least * 4096))
	run thin_restore -i tight.xml -o tight.img
	[ "$status" != 0 ] || break
	least=$(sed -n 's/.*wanted [a-z ]*\([0-9]*\) .*/\1/p' err)
done
[ "$status" = 0 ] || complain "attempt $attempt fails with as many blocks as were asked for"
spoil_block tight.img "$(part tight.img data-bitmap)"
unchanged tight.img run_fails thin_check --rebuild-space-maps tight.img
stderr_has "no free metadata blocks"
# A device that has grown since has some.
truncate -s +1M tight.img
run_ok thin_check --rebuild-space-maps tight.img
is_sound tight.img
dump tight.img >after.xml
restored tight.xml roomy.img 4M
thin_dump -o before.xml roomy.img
same before.xml after.xml
