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
