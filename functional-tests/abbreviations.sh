#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A long name that is cut short means what it means to the tools that these replace.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture basic
transaction_of() { # WORD...
	blank out.img basic.img
	run_ok thin_repair -q -i basic.img -o out.img "$@"
	thin_dump --skip-mappings out.img |
		sed -n 's/.*<superblock.* transaction="\([0-9]*\)".*/\1/p'
}
for name in t tr trans transac transactio transaction-i transaction-id; do
	[ "$(transaction_of "--$name" 77)" = 77 ] || fail "--$name 77 is something else"
	[ "$(transaction_of "--$name=77")" = 77 ] || fail "--$name=77 is something else"
done
# The whole name of another option is that one.
run_fails thin_repair --dry-run -i basic.img --transaction 77
stderr_has "transaction 77"
run_ok thin_repair --dry-run -i basic.img --th 1
# Behind an option that has a value it is the value; behind "--" an operand.
blank ./--trans basic.img
run_ok thin_repair -q -i basic.img -o --trans
is_sound ./--trans
run_rejects thin_repair --dry-run -i basic.img -- --trans
stderr_has "extra operand: --trans"
# Of those that only ours have none is meant.
run_rejects thin_repair --dry-run -i basic.img --l
stderr_has "ambiguous option: --l"

run_ok thin_repair --dry-run -i basic.img --d 128
run_ok thin_check --a basic.img
run_ok thin_check --over "$(md get basic.img 0 320 8)" basic.img
run_ok thin_dump --d 1 basic.img
grep -c '<device ' out >lines
[ "$(cat lines)" = 1 ] || complain "wanted one device"
# Of two that have the name one is hidden.
run_ok thin_delta --thin1 0 --thin2 1 --verbose basic.img
mv out verbose
run_ok thin_delta --thin1 0 --thin2 1 --verb basic.img
stdout_is_file verbose
run_ok thin_trim --v
stdout_is "$(thin_trim --version)"
blank data.img 512M
run_ok thin_trim --dry-run --metadata-dev basic.img --d data.img
