#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Older transactions are listed, and a deleted device comes back from one.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture snapshots
unchanged snapshots.img run_ok thin_repair --list-roots -i snapshots.img
stderr_is_empty
cp out list
grep -q '^ *0 .* current$' list || complain "the current pair is not the first"
# Devices 16 and 30, deleted since.
old=$(awk 'NR > 2 && $6 > 12 && $6 == $7 { print $1; exit }' list)
[ -n "$old" ] || complain "no older pair is whole"
blank out.img 16M
run_ok thin_repair --roots "$old" -i snapshots.img -o out.img
stderr_has "older transaction"
is_sound out.img
nr=$(awk -v n="$old" '$1 == n { print $6 }' list)
run_ok thin_dump out.img
[ "$(grep -c '<device' out)" = "$nr" ] || complain "wanted $nr devices"

# shellcheck disable=SC2046 # words
set -- $(awk -v n="$old" '$1 == n { print $2, $3 }' list)
blank other.img 16M
run_ok thin_repair --mapping-root "$1" --details-root "$2" -i snapshots.img -o other.img
cmp -s out.img other.img || fail "--roots and the blocks it stands for differ"

blank zeroes 4M
run_rejects thin_repair --list-roots -i zeroes
stderr_has "zeroes: has no device trees"
unchanged out.img run_rejects thin_repair --roots 99999 -i snapshots.img -o out.img
unchanged out.img run_rejects thin_repair --mapping-root 1 --details-root 2 \
	-i snapshots.img -o out.img
unchanged out.img run_rejects thin_repair --mapping-root "$1" -i snapshots.img -o out.img
