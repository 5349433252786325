#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin_delta writes what scanners of fixed form and XML readers know, or JSON.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

device() { # ID MAPPED
	echo "<device dev_id=\"$1\" mapped_blocks=\"$2\" transaction=\"0\"" \
		'creation_time="0" snap_time="1">'
}
range() { # THIN DATA LENGTH
	echo "<range_mapping origin_begin=\"$1\" data_begin=\"$2\" length=\"$3\" time=\"0\"/>"
}
{
	superblock_xml flags=1
	device 1 10
	range 0 0 8
	range 20 9 1
	range 30 20 1
	echo '</device>'
	device 2 12
	range 0 0 5
	range 5 50 3
	range 20 100 1
	range 100 200 3
	echo '</device>'
	echo '</superblock>'
} >md.xml
restored md.xml md.img 4M

superblock='<superblock uuid="" time="1" transaction="2" data_block_size="128"'
superblock="$superblock nr_data_blocks=\"1000000\">"
for names in 'thin1 thin2' 'snap1 snap2' 'thin1 snap2'; do
	unchanged md.img run_ok thin_delta "--${names% *}" 1 "--${names#* }=2" md.img
	stderr_is_empty
	stdout_is "$superblock
  <diff left=\"1\" right=\"2\">
    <same begin=\"0\" length=\"5\"/>
    <different begin=\"5\" length=\"3\"/>
    <different begin=\"20\" length=\"1\"/>
    <left_only begin=\"30\" length=\"1\"/>
    <right_only begin=\"100\" length=\"3\"/>
  </diff>
</superblock>"
done
run_ok thin_delta --thin1 1 --thin2 2 --verbose md.img
stdout_is "$superblock
  <diff left=\"1\" right=\"2\">
    <same>
      <range begin=\"0\" data_begin=\"0\" length=\"5\"/>
    </same>
    <different>
      <range begin=\"5\" left_data_begin=\"5\" right_data_begin=\"50\" length=\"3\"/>
      <range begin=\"20\" left_data_begin=\"9\" right_data_begin=\"100\" length=\"1\"/>
    </different>
    <left_only>
      <range begin=\"30\" data_begin=\"20\" length=\"1\"/>
    </left_only>
    <right_only>
      <range begin=\"100\" data_begin=\"200\" length=\"3\"/>
    </right_only>
  </diff>
</superblock>"

# Roots in place of ids; a device without mappings left.
root1=$(md path md.img 1 0 | tail -n 1)
root2=$(md path md.img 2 0 | tail -n 1)
run_ok thin_delta --root1 "$root1" --root2 "$root2" --only left_only,right_only md.img
stdout_is "$superblock
  <diff left_root=\"$root1\" right_root=\"$root2\">
    <left_only begin=\"30\" length=\"1\"/>
    <right_only begin=\"100\" length=\"3\"/>
  </diff>
</superblock>"
run_ok thin_delta --thin1 1 --root2 "$root1" --only different md.img
stdout_is "$superblock
  <diff left=\"1\" right_root=\"$root1\">
  </diff>
</superblock>"

run_ok thin_delta --thin1 1 --thin2 2 --format json --verbose md.img
json <out >values || fail "not JSON"
for line in 'superblock.nr_data_blocks 1000000' 'left.device 1' 'right.device 2' \
	'ranges.0.kind same' 'ranges.2.begin 20' 'ranges.2.left_data_begin 9' \
	'ranges.2.right_data_begin 100' 'ranges.4.kind right_only' 'ranges.4.length 3'; do
	grep -qxF "$line" values || complain "wanted $line"
done
run_ok thin_delta --thin1 1 --thin2 1 --format json --only different md.img
json <out >values || fail "not JSON"
! grep -q '^ranges\..*kind' values || complain "wanted no ranges"

need xmllint
for option in '' --verbose --only=same; do
	# shellcheck disable=SC2086 # one word or none
	run_ok thin_delta --thin1 1 --thin2 2 $option md.img
	xmllint --noout --relaxng "$srcdir/../xml-schema/delta.rng" out 2>log ||
		complain "not as the schema says: $(cat log)"
done
