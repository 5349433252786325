#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A checker explains what its findings mean and what to do next.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

explains() { # FILE TEXT...
	explains_file=$1
	shift
	unchanged "$explains_file" run thin_check --explain "$explains_file"
	for explains_text in "meaning: " "next: " "$@"; do
		stderr_has "$explains_text"
	done
}

fixture basic
explains basic.img "the metadata is sound" "nothing"
[ "$status" = 0 ] || complain "wanted status 0"
fixture needs-check
explains needs-check.img "read-only until the flag is cleared" --clear-needs-check-flag
fixture killed
explains killed.img "no data is in danger" --auto-repair
[ "$status" = 1 ] || complain "wanted status 1"
cp basic.img md.img
spoil_block md.img "$(md path md.img 1 0 | tail -n 1)"
explains md.img "everything else is still there" thin_repair \
	"a failing disk; what the tree has below is out of reach"
cp basic.img md.img
md set md.img 0 72 8 999
explains md.img "DATA_TOTAL: a stale total; it can be recomputed, nothing is lost by it"
cp basic.img md.img
md count md.img data 0 0
explains md.img "could overwrite" "do not activate the pool"
cp basic.img md.img
md set md.img 0 40 4 3
explains md.img "use the kernel that made it"
cp basic.img md.img
spoil_block md.img 0
explains md.img _tmeta thin_repair

# The short form points at the long one; quiet says nothing of either.
run_fails thin_check md.img
stderr_has "--explain"
run_fails thin_check -q --explain md.img
is_silent
