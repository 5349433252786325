#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# However space maps are damaged, rebuilding brings them back, and undoing the damage.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

program=$(dirname "$builddir")/rebuild
[ -x "$program" ] || skip "no $program"
# shellcheck disable=SC2154 # from lib.sh
for name in $fixtures; do
	fixture "$name"
done
run_ok "$program" 40 1 md.undo ./*.img
stdout_has "rebuild: 360 passed, 0 failed"
