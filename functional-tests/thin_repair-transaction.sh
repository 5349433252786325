#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A transaction is found by its number, and what is not known of it is said.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

transaction() { # NUMBER OPTION...
	transaction_nr=$1
	shift
	blank out.img 16M
	unchanged md.img run_ok thin_repair --transaction "$transaction_nr" "$@" \
		-i md.img -o out.img
	is_sound out.img
	thin_dump out.img >out.xml
	head -n 1 out.xml | grep -q "transaction=\"$transaction_nr\"" || fail "another transaction"
}
devices() {
	grep -c '<device' out.xml
}

# The present one: nothing to be said.
fixture basic md.img
run_ok thin_repair --list-roots -i md.img
awk 'NR == 2 && $5 != 5 || NR > 2 && $5 != "0..5" { exit 1 }' out ||
	complain "wanted transactions 5 and 0..5"
run_ok thin_repair --transaction 5 --dry-run -i md.img
stderr_is_empty
transaction 5
thin_dump md.img >before.xml
same before.xml out.xml
# One before: it has other devices, and the first of these is taken.
blank out.img 16M
run_ok thin_repair --transaction 4 -i md.img -o out.img
stderr_has "transaction 4: 15 pairs of device trees may be of it; taking number 1 of --list-roots"
stderr_has "the newest that is whole, with 9 devices"
transaction 4
[ "$(devices)" = 9 ] || fail "wanted 9 devices"
# Another number may be written.
run_ok thin_repair --transaction 4 --transaction-id 8 -i md.img -o out.img
thin_dump out.img | head -n 1 | grep -q 'transaction="8"' || fail "another transaction"

# None: what there is.
unchanged out.img run_rejects thin_repair --transaction 6 -i md.img -o out.img
stderr_has "transaction 6: no device trees that may be of it are left, there are 5 (number 0), "
stderr_has "0..5 (numbers 1 to 16)"

# A metadata snapshot is a superblock too.
fixture held md.img
held=$(md get md.img 0 56 8)
md set md.img 0 48 8 7
md set md.img "$held" 48 8 3
run_ok thin_repair --list-roots -i md.img
grep -q '^ *0 .* 7 .* current$' out || complain "the current one is not of transaction 7"
grep -q '^ *[0-9]* .* 3 .* held$' out || complain "the held one is not of transaction 3"
awk 'NR > 2 && $4 > 1 && $5 != "3..7" || $4 < 1 && NR > 1 && $5 != "0..3" { exit 1 }' out ||
	complain "times do not tell transactions apart"
number=$(awk '/held/ { print $1 }' out)
blank out.img 16M
run_ok thin_repair --transaction 3 -i md.img -o out.img
stderr_has "taking number $number of --list-roots, which a superblock says to be of it"

# lvm2's backup says which devices there were.
fixture snapshots md.img
md set md.img 0 48 8 8
ids=$(thin_repair --list-roots -i md.img | awk '$1 == 9 { print $6 }')
thin_repair -q --roots 9 -i md.img -o out.img
{
	echo 'vg { extent_size = 8192 logical_volumes {'
	echo 'pool { s { type = "thin-pool" extent_count = 256'
	echo 'transaction_id = 7 chunk_size = 128 } }'
	thin_ls --no-headers -o DEV out.img | while read -r id; do
		echo "v$id { s { type = \"thin\" thin_pool = \"pool\" device_id = $id } }"
	done
	echo '} }'
} >vg
blank out.img 16M
run_ok thin_repair --transaction 7 --lvm-backup vg -i md.img -o out.img
stderr_has "transaction 7: taking number 9 of --list-roots, the newest that is whole, with $ids"
stderr_lacks "is not among"
unchanged out.img run_rejects thin_repair --transaction 6 --lvm-backup vg -i md.img -o out.img
stderr_has "vg: is of transaction 7, and --transaction is 6"
sed -i 's/device_id = 0 /device_id = 77 /' vg
unchanged out.img run_rejects thin_repair --transaction 7 --lvm-backup vg -i md.img -o out.img
stderr_has "no device trees with the volumes of the --lvm-backup are left"

for words in '--roots 1' '--mapping-root 1 --details-root 2'; do
	# shellcheck disable=SC2086 # words
	unchanged out.img run_rejects thin_repair --transaction 1 $words -i md.img -o out.img
	stderr_has "do not go together"
done
