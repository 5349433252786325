#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# XML that is restored and dumped is the same XML, valid, and shares what was shared.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

schema=$srcdir/../xml-schema/thin.rng

validate() { # XML
	command -v xmllint >/dev/null || return 0
	xmllint --noout --huge --relaxng "$schema" "$1" 2>lint || {
		head -n 5 lint
		fail "$1 is not what the schema says"
	}
}
same_again() { # XML SIZE|FILE
	validate "$1"
	restored "$1" again.img "$2"
	is_sound again.img
	run_ok thin_dump again.img
	stdout_is_file "$1"
}

for name in $fixtures; do
	fixture "$name"
	thin_dump "$name.img" | sed '1s/flags="1"/flags="0"/' >dump.xml
	same_again dump.xml "$name.img"
	blocks=$(blocks_used again.img)
	before=$(blocks_used "$name.img")
	[ "$blocks" -le "$before" ] || fail "$name: $blocks blocks are used, were $before"
	thin_dump --expand "$name.img" | sed '1s/flags="1"/flags="0"/' >expanded.xml
	validate expanded.xml
	restored expanded.xml again.img 32M
	is_sound again.img
	run_ok thin_dump --expand again.img
	stdout_is_file expanded.xml
	[ "$name" = held ] || continue
	thin_dump -o snapshot.xml -m "$name.img"
	same_again snapshot.xml 16M
done

# By hand: subtrees that several devices share, in parts and in other places.
superblock_xml >made.xml
awk 'BEGIN {
	for (d = 0; d < 3; d++) {
		print "  <def name=\"" d + 1 "\">"
		for (i = 0; i < 250; i++)
			printf "    <single_mapping origin_block=\"%d\" data_block=\"%d\" " \
				"time=\"0\"/>\n", d * 1000 + 2 * i, d * 1000 + 3 * i
		print "  </def>"
	}
	for (d = 1; d <= 4; d++) {
		printf "  <device dev_id=\"%d\" mapped_blocks=\"%d\" transaction=\"0\" " \
			"creation_time=\"0\" snap_time=\"1\">\n", d, d < 4 ? 501 : 751
		for (r = 1; r <= 3; r++)
			if (d == 4 || r != d)
				print "    <ref name=\"" r "\"/>"
		printf "    <single_mapping origin_block=\"9999\" data_block=\"%d\" time=\"1\"/>\n",
			9000 + d
		print "  </device>"
	}
	print "</superblock>"
}' >>made.xml
validate made.xml
restored made.xml md.img 4M
is_sound md.img
run_ok thin_dump md.img
cp out first.xml
grep -q '<ref ' first.xml || fail "nothing is shared"
same_again first.xml 4M
# 4 devices of 3 leaves and a root; 3 of the leaves are shared by all.
blocks=$(blocks_used md.img)
thin_dump --expand md.img >expanded.xml
restored expanded.xml plain.img 4M
[ "$blocks" -lt "$(blocks_used plain.img)" ] || fail "sharing saves nothing"
run_ok thin_dump --expand plain.img
stdout_is_file expanded.xml

for devices in 0 1 2 200; do
	for mappings in 0 1 2 251 252 253 1000; do
		[ $((devices * mappings)) -le 60000 ] || continue
		make_xml $devices $mappings >dump.xml
		same_again dump.xml 8M
	done
done
