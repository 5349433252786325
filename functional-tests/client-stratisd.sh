#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A daemon checks and mends pools when it starts them, repairs what is left to a spare.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

for name in fresh basic deep snapshots grown; do
	fixture $name
	unchanged $name.img run_ok thin_check --auto-repair $name.img
	stderr_is_empty
	unchanged $name.img run_ok thin_check -q $name.img
	is_silent
done

# Leaks and the flag are mended; then all is sound.
for name in killed exhausted needs-check; do
	fixture $name
	thin_dump --expand $name.img | sed '1s/flags="1"/flags="0"/' >before.xml
	run_ok thin_check --auto-repair $name.img
	unchanged $name.img run_ok thin_check --auto-repair $name.img
	is_sound $name.img
	run_ok thin_dump --expand $name.img
	stdout_is_file before.xml
done

# Damage is not; a spare takes what can be saved.
fixture deep
spoil_block deep.img "$(md path deep.img 0 1000 | tail -n 1)"
unchanged deep.img run_fails thin_check --auto-repair deep.img
unchanged deep.img run_fails thin_check -q deep.img
is_silent
blank spare.img deep.img
unchanged deep.img run_ok thin_repair -i deep.img -o spare.img
is_sound spare.img
run_ok thin_check --auto-repair spare.img

# One unsigned number of sectors, blanks or not.
for call in "65536 1099511627776 1000 1073232" "1048576 10737418240 100 1464" \
	"131072 17592186044416 10000 8601776"; do
	# shellcheck disable=SC2086 # words
	set -- $call
	run_ok thin_metadata_size -b "$1b" -s "$2b" -m "$3" -n
	stderr_is_empty
	[ "$(tr -d '[:space:]' <out)" = "$4" ] || complain "wanted $4"
done
