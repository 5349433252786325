#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A backup program that filters deltas by line and parses the rest as XML reads all of them.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need xmllint

# It compares five characters of the version as text.
version=$(thin_delta -V | cut -c 1-5)
# shellcheck disable=SC2072 # as text
[ "$(printf '%s\n' "$version" 0.7.4 | LC_ALL=C sort | head -n 1)" = 0.7.4 ] ||
	fail "version $version is below 0.7.4"

value() { # XPATH FILE
	xmllint --xpath "$1" "$2" 2>log || fail "$2 is not XML: $(cat log)"
}
# The filter drops what is the same and nothing else; the rest is still XML, with
# all there is to know of the other ranges.
filtered() { # THIN1 THIN2 OPTION... IMAGE
	thin1=$1 thin2=$2
	shift 2
	run_ok thin_delta "--thin1=$thin1" "--thin2=$thin2" "$@"
	stderr_is_empty
	cp out all.xml
	awk 'gsub(/</, "") != 1 { exit 1 }' all.xml || complain "not one element a line"
	grep -v '<same .*\/>$' all.xml >rest.xml
	[ "$(value 'count(//same)' rest.xml)" = 0 ] || complain "the filter has left something"
	[ $(($(wc -l <all.xml) - $(wc -l <rest.xml))) -eq "$(value 'count(//same)' all.xml)" ] ||
		complain "the filter drops too much"
	for what in 'string(/superblock/@data_block_size)' 'count(/superblock/diff)' \
		'sum(//diff/*[not(self::same)]/@begin)' 'sum(//diff/*[not(self::same)]/@length)' \
		'count(//different)' 'count(//left_only)' 'count(//right_only)'; do
		[ "$(value "$what" all.xml)" = "$(value "$what" rest.xml)" ] ||
			complain "the filter changes $what"
	done
	[ "$(value 'string(/superblock/@data_block_size)' rest.xml)" = 128 ] || complain "no size"
	[ "$(value 'count(//diff/*[not(@begin and @length)])' rest.xml)" = 0 ] ||
		complain "a range without begin or length"
}
# So many blocks are the same, different, on the left, on the right.
counts() { # SAME DIFFERENT LEFT RIGHT
	set -- "$*" "$(for kind in same different left_only right_only; do
		value "sum(//$kind/@length)" all.xml
	done | paste -s -d ' ')"
	[ "$1" = "$2" ] || complain "wanted $1 blocks, not $2"
}

# Device 2 was a snapshot of 0, which had been written to the blocks 0 to 499.
fixture held
filtered 0 2 --metadata-snap held.img
counts 500 0 0 0
# Device 1 had every fifth block from 2 on, 200 of them.
filtered 0 1 --metadata-snap held.img
counts 0 100 400 100
# What both share is there and goes away.
fixture snapshots
cut -d ' ' -f 1 "$(fixture_truth snapshots)" >ids
before=$(tail -n 1 ids)
while read -r id; do
	filtered "$before" "$id" snapshots.img
	[ "$(value 'sum(//different/@length) + sum(//right_only/@length) + sum(//same/@length)' \
		all.xml)" = "$(awk -v id="$id" '$1 == id { print $3 }' \
		"$(fixture_truth snapshots)")" ] || complain "not what the kernel says of $id"
	before=$id
done <ids
