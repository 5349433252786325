#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A dump of damaged metadata has what comes before the damage, and fails.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture snapshots as-was
thin_dump --expand as-was >all.xml

# Reports the block; what was written is the beginning of the whole.
fails_at() { # BLOCK
	unchanged md.img run_fails thin_dump --expand md.img
	stderr_has "md.img: block $1 "
	[ "$(wc -l <err)" -le 2 ] || complain "more than two lines"
	# The last run may go on in what is damaged.
	sed '$d' out >end.xml
	head -c "$(size_of end.xml)" all.xml >begin.xml
	same begin.xml end.xml
	stdout_lacks "</superblock>"
	unchanged md.img run_fails thin_dump md.img
	stdout_lacks "</superblock>"
	stderr_has "md.img: block $1 "
	unchanged md.img run_fails thin_dump -o part.xml md.img
	stderr_has "part.xml: was not made"
	[ ! -e part.xml ] || fail "a file that is not whole"
	unchanged md.img run_fails thin_dump -q md.img
	stderr_is_empty
}
for id in 0 3 22; do
	cp as-was md.img
	leaf=$(md path md.img $id 300 | tail -n 1)
	spoil_block md.img "$leaf"
	fails_at "$leaf"
done
cp as-was md.img
top=$(md get md.img 0 320 8)
spoil_block md.img "$top"
fails_at "$top"
cp as-was md.img
details=$(md get md.img 0 328 8)
spoil_block md.img "$details"
fails_at "$details"

# The same damage is none for those who did not ask for it.
cp as-was md.img
spoil_block md.img "$(md path md.img 22 500 | tail -n 1)"
run_ok thin_dump --expand --dev-id 0 md.img
grep -q 'dev_id="0"' out || complain "no device 0"
run_ok thin_dump --skip-mappings md.img

# Reference counts do not matter to a dump.
cp as-was md.img
[ "$(md count md.img data 1109)" = 1 ] || fail "not the block this test wants"
md count md.img data 1109 0
md leak md.img meta 3 >/dev/null
run_ok thin_dump --expand md.img
stdout_is_file all.xml

# A loop ends.
cp as-was md.img
path=$(md path md.img 0 0 | tail -n 2 | head -n 1)
values=$((32 + 8 * 252))
[ "$(md get md.img "$path" 4 4)" = 1 ] || fail "not the tree this test wants"
md set md.img "$path" $values 8 "$path"
run timeout 100 thin_dump md.img
[ "$status" = 1 ] || complain "wanted status 1"
run timeout 100 thin_check md.img
[ "$status" = 1 ] || complain "wanted status 1"

# Times and counts that make no sense are said to be damage, not followed.
cp as-was md.img
md set md.img "$details" $((32 + 8 * 126)) 8 18446744073709551615
run thin_dump md.img
[ "$status" -le 1 ] || complain "wanted status 0 or 1"
run_ok thin_dump -r md.img
stderr_has "mapped blocks"
