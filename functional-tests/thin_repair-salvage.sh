#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Damaged at random, nearly all of what was not hit comes back, and nothing wrong in silence.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

program=$(dirname "$builddir")/salvage
[ -x "$program" ] || skip "no $program"
for name in basic snapshots held grown; do
	fixture $name
done
run env SALVAGE_VERBOSE=1 "$program" 320 11 basic.img snapshots.img held.img grown.img
[ "$status" -le 1 ] || complain "wanted status 0 or 1"
grep -q ' 0 silent, ' out || complain "no score"
grep '^all' out | grep -q ' 0 bad$' || complain "a repair failed"
