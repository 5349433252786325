#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin_rmap says the same as a dump, turned round: every owner of every block.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

# Both as "DATA DEVICE THIN", a line for each block.
from_dump() {
	awk -F '"' '
	/<device/ { dev = $2 }
	/<single_mapping/ { print $4, dev, $2 }
	/<range_mapping/ { for (i = 0; i < $6; i++) print $4 + i, dev, $2 + i }' | sort
}
from_rmap() {
	sed 's/[^0-9][^0-9]*/ /g; s/^ //' |
		awk '$2 - $1 != $5 - $4 || NF != 5 { exit 1 }
		{ for (i = 0; i < $2 - $1; i++) print $1 + i, $3, $4 + i }' | sort
}

for name in $fixtures; do
	fixture "$name"
	for snap in '' -m; do
		[ "$snap$name" = "$name" ] || [ "$name" = held ] || continue
		# shellcheck disable=SC2086 # one word or none
		thin_dump --expand $snap "$name.img" | from_dump >wanted
		# shellcheck disable=SC2086
		unchanged "$name.img" run_ok thin_rmap $snap --region 0..99999999 "$name.img"
		stderr_is_empty
		from_rmap <out >found
		same wanted found
		# Order, and runs that are as long as they can be.
		sed 's/[^0-9][^0-9]*/ /g' out >numbers
		sort -n -k 1,1 -k 2,2 -k 3,3 -k 4,4 -c numbers || fail "not in order"
		awk '{ end[$3 " " $1 " " $4] = 1; begin[$3 " " $2 " " $5] = 1 }
		END { for (i in begin) if (i in end) exit 1 }' numbers || fail "not joined"
	done
	run_ok thin_rmap --region 0..99999999 "$name.img"
	mv out all
	run_ok thin_rmap --threads 1 --region 50..99999999 --reg=0..60 "$name.img"
	stdout_is_file all
done

fixture snapshots
run_ok thin_rmap --region 5..6 --json snapshots.img
json <out >values || fail "not JSON"
run_ok thin_rmap --region 5..6 snapshots.img
[ "$(wc -l <out)" -eq "$(grep -c 'dev ' values)" ] || fail "not as many owners"
grep -qxF 'ranges.0.data_begin 5' values || fail "not where it was looked for"
run_ok thin_rmap --region 88888888..99999999 snapshots.img
is_silent
