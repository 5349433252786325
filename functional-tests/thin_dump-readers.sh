#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Those who read dumps by line, by position or only in part can go on to do so.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

# lvm2 reads one line and closes the pipe; bytes until then are all there is.
fixture deep
{
	thin_dump deep.img 2>err
	echo $? >status
} | head -n 1 >first
[ "$(cat status)" != 0 ] || fail "a lost pipe is no success"
[ ! -s err ] || fail "not quiet: $(cat err)"
grep -q '^<superblock .*transaction="0"' first || fail "no superblock on the first line"
[ "$(wc -c <first)" -lt 4096 ] || fail "the first line is too long"
sed 's/transaction=".*/transaction="/' first | grep -c transaction= | grep -qx 1 ||
	fail "the first transaction is not the pool's"
for format in xml human_readable; do
	{
		thin_dump -f $format deep.img 2>err
		echo $? >status
	} | :
	[ "$(cat status)" != 0 ] || fail "a lost pipe is no success"
	[ ! -s err ] || fail "not quiet: $(cat err)"
done

# One element a line, in a fixed order, no value over 20 characters, and for
# those who asked for one device or to expand, neither def nor ref.
scan() { # reads stdin
	awk '
	function attributes(element, names,	n, i, pattern, want) {
		n = split(names, want, " ")
		pattern = "^ *<" element
		for (i = 1; i <= n; i++)
			pattern = pattern " " want[i] "=\"[0-9]*\""
		return pattern
	}
	BEGIN {
		superblock = attributes("superblock",
			"uuid time transaction flags version data_block_size nr_data_blocks") ">$"
		device = attributes("device",
			"dev_id mapped_blocks transaction creation_time snap_time") ">$"
		single = attributes("single_mapping", "origin_block data_block time") "/>$"
		range = attributes("range_mapping", "origin_begin data_begin length time") "/>$"
	}
	NR == 1 && $0 ~ superblock { next }
	/^  <device / && $0 ~ device { next }
	/^    <single_mapping / && $0 ~ single { next }
	/^    <range_mapping / && $0 ~ range { next }
	/^  <\/device>$/ { next }
	/^<\/superblock>$/ { ended = 1; next }
	{ print "not expected on line " NR ": " $0; bad = 1 }
	/"[^"]{21,}"/ { print "too long: " $0; bad = 1 }
	END { exit bad || !ended }'
}
for name in $fixtures; do
	fixture "$name"
	thin_dump --expand "$name.img" >dump.xml || fail "no dump of $name"
	scan <dump.xml || fail "$name is hard to read"
	thin_dump "$name.img" | grep -v -e '^  </*def' -e '^    <ref' | scan ||
		fail "$name is hard to read, even without def and ref"
	[ "$(tail -c 1 dump.xml | od -A n -t u1 | tr -d ' ')" = 10 ] || fail "no newline at the end"
	cut -d ' ' -f 1 "$(fixture_truth "$name")" >ids
	while read -r id; do
		thin_dump --dev-id "$id" "$name.img" >dump.xml || fail "no dump of $name $id"
		scan <dump.xml || fail "$name $id is hard to read"
	done <ids
done
thin_dump -m --dev-id 2 held.img | scan || fail "the snapshot is hard to read"
