#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A checker takes those options together that make sense, and refuses the others.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture needs-check as-was
root=$(md get as-was 0 320 8)
details=$(md get as-was 0 328 8)

# flag: "stays" or "cleared"; "refused" touches nothing and prints one line.
try() { # STATUS FLAG OPTION...
	try_status=$1 try_flag=$2
	shift 2
	cp as-was md.img
	case $try_flag in
	refused)
		unchanged md.img run_rejects thin_check "$@" md.img
		stdout_is_empty
		;;
	stays)
		unchanged md.img run thin_check "$@" md.img
		;;
	cleared)
		run thin_check "$@" md.img
		[ "$(md get md.img 0 4 4)" = 0 ] || complain "the flag is still set"
		;;
	esac
	[ "$status" = "$try_status" ] || complain "wanted status $try_status"
}

for with in -m --metadata-snap --metadata-snapshot --skip-mappings --super-block-only \
	--ignore-non-fatal-errors "--override-mapping-root $root" \
	"--override-details-root $details"; do
	# shellcheck disable=SC2086 # words
	try 1 refused --auto-repair $with
done
for with in -m "--override-mapping-root $root" "--override-details-root $details"; do
	# shellcheck disable=SC2086
	try 1 refused --clear-needs-check-flag $with
done
try 0 cleared --clear-needs-check-flag
try 0 cleared --auto-repair
try 0 cleared --auto-repair --clear-needs-check-flag
try 0 cleared --clear-needs-check-flag --skip-mappings
try 0 cleared --clear-needs-check-flag --ignore-non-fatal-errors
try 0 cleared --clear-needs-check-flag --super-block-only
stderr_has "warning: "
try 0 cleared -q --clear-needs-check-flag
is_silent
try 0 stays
try 0 stays --skip-mappings
try 0 stays --super-block-only
try 0 stays --ignore-non-fatal-errors
try 0 stays --super-block-only --skip-mappings --ignore-non-fatal-errors

# The same roots once more; others are damage.
try 0 stays --override-mapping-root "$root" --override-details-root "$details"
try 0 stays --override-mapping-root "$root" --skip-mappings
try 1 stays --override-mapping-root "$details"
try 1 stays --override-details-root "$root"
try 1 stays --override-mapping-root 99999999
stderr_has 99999999
