#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A checker passes what a kernel has written and says what a killed one left.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

for name in $fixtures; do
	fixture "$name"
	case $name in
	killed)
		unchanged "$name.img" run_fails thin_check "$name.img"
		stderr_has "leak: "
		stderr_has "data blocks 4500..4501"
		stderr_lacks "fatal"
		stderr_lacks "repair"
		unchanged "$name.img" run_ok thin_check --ignore-non-fatal-errors "$name.img"
		;;
	needs-check | exhausted)
		unchanged "$name.img" run_ok thin_check "$name.img"
		stderr_has "needs_check is set"
		stderr_lines 1
		;;
	*)
		unchanged "$name.img" run_ok thin_check "$name.img"
		stderr_is_empty
		;;
	esac
done

# The numbers are those of the kernel's status line for these pools.
run_ok thin_check basic.img
stdout_is "TRANSACTION_ID=5
METADATA_FREE_BLOCKS=489"
