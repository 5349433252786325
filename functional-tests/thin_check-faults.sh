#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A checker fails metadata for each thing that can be wrong, and names it.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture basic as-was

fresh_copy() {
	cp as-was md.img
}
# Leaks may be ignored, what is worse may not.
finds() { # CLASS TEXT...
	finds_class=$1
	shift
	unchanged md.img run_fails thin_check md.img
	stderr_has "md.img: $finds_class: "
	for finds_text; do
		stderr_has "$finds_text"
	done
	run thin_check --ignore-non-fatal-errors md.img
	case $finds_class in
	leak) [ "$status" = 0 ] ;;
	*) [ "$status" = 1 ] ;;
	esac || complain "wrong for a $finds_class"
	unchanged md.img run_fails thin_check -q md.img
	is_silent
}

# The superblock, with a good checksum after the first.
fresh_copy
spoil_block md.img 0
finds fatal "block 0 (superblock)" "checksum is"
fresh_copy
md set md.img 0 32 8 27022011
finds fatal "magic is 27022011, wanted 27022010"
for version in 0 3 4294967295; do
	fresh_copy
	md set md.img 0 40 4 $version
	finds policy "superblock version is $version"
done
fresh_copy
md set md.img 0 8 8 1
finds fatal "block says that it is block 1, wanted 0"
for sectors in 0 64 129 2097280; do
	fresh_copy
	md set md.img 0 336 4 $sectors
	finds fatal "data block size is $sectors sectors"
done
fresh_copy
md set md.img 0 340 4 16
finds fatal "metadata block size is 16 sectors, wanted 8"
fresh_copy
md set md.img 0 360 4 1
finds policy "incompatible features 0x1"
fresh_copy
md set md.img 0 320 8 512
finds fatal "pointer to block 512, wanted a block below 512"

# A device that is too small; larger is fine, for it may grow first.
fresh_copy
truncate -s 2093056 md.img
finds fatal "covers 512 blocks, the device has 511"
fresh_copy
truncate -s 3M md.img
is_sound md.img
fresh_copy
truncate -s 2098000 md.img
is_sound md.img

# A node of a mapping tree: the device and what is lost, in ranges.
fresh_copy
leaf=$(md path md.img 1 0 | tail -n 1)
spoil_block md.img "$leaf"
finds fatal "block $leaf (mapping node)" "device 1" "checksum" "thin blocks from 0 on" \
	"lost: device 1"
fresh_copy
md set md.img "$leaf" 8 8 $((leaf + 1))
finds fatal "block says that it is block $((leaf + 1)), wanted $leaf"
fresh_copy
md set md.img "$leaf" 4 4 3
finds fatal "node flags are 3, wanted"
fresh_copy
md set md.img "$leaf" 16 4 253
finds fatal "node has 253 entries, wanted at most 252"
fresh_copy
md set md.img "$leaf" 20 4 504
finds fatal "room for 504 entries"
fresh_copy
md set md.img "$leaf" 24 4 16
finds fatal "values of 16 bytes, wanted 8"
fresh_copy
md set md.img "$leaf" 40 8 0
finds fatal "does not follow"
# A mapping beyond the data device, and one from the future.
fresh_copy
md set md.img "$leaf" 2048 8 $((8192 << 24))
finds fatal "mapping to data block 8192, wanted one below 8192"
fresh_copy
md set md.img "$leaf" 2048 8 16777215
finds repair "mapping of time 16777215, wanted at most"

# A leaf among others: the range ends where the next one begins.
fixture deep
deep_leaf=$(md path deep.img 0 3000 | tail -n 1)
mv deep.img md.img
spoil_block md.img "$deep_leaf"
finds fatal "block $deep_leaf (mapping node)"
run_fails thin_check md.img
grep -qE 'lost: device 0: thin blocks [0-9]+\.\.[0-9]+, with block' err || complain "no range"

# The tree of all devices.
fresh_copy
top=$(md get md.img 0 320 8)
spoil_block md.img "$top"
finds fatal "block $top (device tree node)"
fresh_copy
details=$(md get md.img 0 328 8)
spoil_block md.img "$details"
finds fatal "block $details (details node)"

# What the details say: number of mappings, ids, times.
values=$((32 + 8 * 126))
fresh_copy
mapped=$(md get md.img "$details" $values 8)
md set md.img "$details" $values 8 $((mapped + 1))
finds repair "device 0" "details say $((mapped + 1)) mapped blocks, wanted $mapped"
fresh_copy
nr=$(md get md.img "$details" 16 4)
last=$((32 + 8 * (nr - 1)))
[ "$(md get md.img "$details" $last 8)" = 16777215 ] || fail "not the details this test wants"
md set md.img "$details" $last 8 16777214
finds repair "device 16777215 has mappings but no details" \
	"device 16777214 has details but no mappings"
fresh_copy
md set md.img "$details" $((values + 16)) 4 100
finds repair "creation time is 100"
fresh_copy
md set md.img "$details" $((values + 20)) 4 100
finds repair "snapshot time is 100"

# Reference counts.
fresh_copy
md count md.img meta "$leaf" 0
finds repair "metadata block has count 0, wanted 1" "metadata blocks $leaf..$((leaf + 1))"
fresh_copy
md count md.img data 0 0
finds repair "data block has count 0, wanted 1" "data blocks 0..1"
shared=$(awk 'BEGIN { for (b = 0; b < 400; b++) print b }' |
	while read -r b; do
		[ "$(md count md.img data "$b")" != 2 ] || {
			echo "$b"
			break
		}
	done)
[ -n "$shared" ] || fail "no shared block"
fresh_copy
md count md.img data "$shared" 1
finds repair "data block has count 1, wanted 2"
fresh_copy
md leak md.img meta 1 >/dev/null
finds leak "metadata block has count 1, wanted 0"
fresh_copy
md leak md.img data 1 >/dev/null
finds leak "data block has count 1, wanted 0"
fresh_copy
md set md.img 0 72 8 1
finds leak "superblock says 1 data blocks allocated"
fresh_copy
md set md.img 0 200 8 1
finds leak "superblock says 1 metadata blocks allocated"
fresh_copy
index=$(md get md.img 0 208 8)
md set md.img "$index" 24 4 3
finds leak "index entry says 3 free blocks"

# The space maps themselves.
fresh_copy
spoil_block md.img "$index"
finds repair "block $index (index block)"
fresh_copy
bitmap=$(md get md.img "$index" 16 8)
spoil_block md.img "$bitmap"
finds repair "block $bitmap (bitmap)"
fresh_copy
index=$(md get md.img 0 80 8)
spoil_block md.img "$index"
finds repair "block $index (index node)"

# All in one.
fresh_copy
spoil_block md.img "$leaf"
md count md.img data 0 0
md leak md.img data 1 >/dev/null
finds fatal "block $leaf"

# What is behind the fields means nothing.
fresh_copy
md set md.img 0 4088 8 12345
is_sound md.img
