#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A checker prints two lines as soon as the superblock is accepted, and none when quiet.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

two_lines="TRANSACTION_ID=5
METADATA_FREE_BLOCKS=489"

fixture basic
run_ok thin_check basic.img
stdout_is "$two_lines"
stderr_is_empty
for option in --super-block-only --skip-mappings --ignore-non-fatal-errors --auto-repair \
	--clear-needs-check-flag --explain '--threads 3'; do
	# shellcheck disable=SC2086 # words
	unchanged basic.img run_ok thin_check $option basic.img
	stdout_is "$two_lines"
done
unchanged basic.img run_ok thin_check -q basic.img
is_silent

# They also appear when the check fails later.
leaf=$(md path basic.img 1 0 | tail -n 1)
spoil_block basic.img "$leaf"
unchanged basic.img run_fails thin_check basic.img
stdout_is "$two_lines"
unchanged basic.img run_fails thin_check -q basic.img
is_silent
unchanged basic.img run_ok thin_check --super-block-only basic.img
stdout_is "$two_lines"

# ... but not when there is no superblock or no metadata snapshot to check.
run_fails thin_check -m basic.img
stdout_is_empty
stderr_has "reserve_metadata_snap"
run_fails thin_check -q -m basic.img
is_silent
spoil_block basic.img 0
run_fails thin_check basic.img
stdout_is_empty
run_fails thin_check -q basic.img
is_silent

# However much is wrong, the lines are few, the worst are among them, and JSON has all.
make_thin_md md.img 60 600
spoiled=
for device in $(seq 1 60); do
	block=$(md path md.img "$device" 0 | tail -n 1)
	spoil_block md.img "$block"
	spoiled="$spoiled $block"
done
lines() { # NUMBER TEXT
	[ "$(grep -c "$2" err)" = "$1" ] || complain "wanted $1 lines of: $2"
}
run_fails thin_check md.img
lines 50 'md.img: fatal: '
lines 50 'md.img: lost: device [0-9]*: thin blocks'
lines 50 'md.img: lost: device [0-9]*: [0-9]* of'
stderr_has "md.img: and 10 more; of all 60 findings --json has 60"
stderr_has "md.img: and 10 more ranges that are lost; --json has them"
stderr_has "md.img: and 10 more devices that have lost mappings; --json has them"
tail -n 1 err | grep -q 'part of the metadata is lost' || complain "the meaning comes last"
run_fails thin_check --json md.img
for block in $spoiled; do
	stdout_has "\"class\": \"fatal\", \"block\": $block,"
	stdout_has "\"block\": $block, \"begin\": "
done
[ "$(grep -c '"mappings_lost": ' out)" = 60 ] || complain "not all devices"

# Leaks, which come first, do not hide what is worse; repaired, they are all told.
make_thin_md md.img 1 600
mapped=$(thin_dump md.img | sed -n '/_mapping/s/.*data_b[a-z]*="\([0-9]*\)".*/\1/p')
for block in $(echo "$mapped" | sed -n '2,61p'); do
	md count md.img data $((block - 1)) 1
done
cp md.img leaks.img
md count md.img data "$(echo "$mapped" | tail -n 1)" 0
run_fails thin_check md.img
lines 50 ': leak: .*data block has count'
lines 1 ': repair: .*data block has count'
[ "$(sed -n '/: repair:/=' err)" -gt 50 ] || complain "wanted leaks before it"
run_ok thin_check --auto-repair leaks.img
lines 60 ': leak: .*data block has count'
stderr_lacks "more"

# A full disk is an error here too.
fixture fresh
[ ! -c /dev/full ] || {
	status=0
	thin_check fresh.img >/dev/full 2>err || status=$?
	[ "$status" = 1 ] || fail "status $status with a full standard output"
	stderr_has "No space left on device"
	status=0
	thin_check -q fresh.img >/dev/full 2>err || status=$?
	[ "$status" = 0 ] || fail "status $status with nothing to print"
}
