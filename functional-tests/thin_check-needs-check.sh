#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Clearing needs_check changes the flag and the checksum of the superblock and nothing else.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture needs-check as-was

for option in --clear-needs-check-flag --auto-repair; do
	cp as-was md.img
	run_ok thin_check $option md.img
	stderr_has "needs_check is cleared"
	cmp -l as-was md.img >changes
	[ "$(wc -l <changes)" -le 5 ] || fail "more than five bytes: $(cat changes)"
	awk '$1 > 8 { exit 1 }' changes || fail "other bytes than the first 8: $(cat changes)"
	[ "$(md get md.img 0 4 4)" = 0 ] || fail "the flag is still set"
	is_sound md.img
	# Once more finds nothing to do.
	unchanged md.img run_ok thin_check $option md.img
	stderr_is_empty
done

# Healthy metadata stays as it is, byte for byte, and is not even written to.
fixture basic
touch -d '2001-01-01' basic.img
for option in --clear-needs-check-flag --auto-repair '--clear-needs-check-flag --skip-mappings'; do
	# shellcheck disable=SC2086 # words
	unchanged basic.img run_ok thin_check $option basic.img
	[ "$(stat -c %Y basic.img)" = "$(date -d '2001-01-01' +%s)" ] || fail "it was written to"
done

# The flag stays when the check fails.
cp as-was md.img
spoil_block md.img "$(md path md.img 0 0 | tail -n 1)"
for option in --clear-needs-check-flag --auto-repair; do
	unchanged md.img run_fails thin_check $option md.img
	stderr_lacks "is cleared"
done
# Unless it did not look there.
run_ok thin_check --clear-needs-check-flag --super-block-only md.img
[ "$(md get md.img 0 4 4)" = 0 ] || fail "the flag is still set"

# A count that is too low could hurt data: no leak, the flag stays.
cp as-was md.img
md count md.img data 0 0
for option in --clear-needs-check-flag --auto-repair \
	'--clear-needs-check-flag --ignore-non-fatal-errors'; do
	# shellcheck disable=SC2086 # words
	unchanged md.img run_fails thin_check $option md.img
done

# Without the right to write it says so.
need_user
cp as-was md.img
chmod 444 md.img
unchanged md.img run_rejects as_user thin_check --clear-needs-check-flag md.img
stderr_has "md.img: Permission denied"
unchanged md.img run_ok as_user thin_check md.img
