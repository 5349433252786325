#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A dump is written as the grammar says, or for people.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

superblock_xml nr_data_blocks=10240 >made.xml
cat >>made.xml <<'XML'
  <device dev_id="1" mapped_blocks="10" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="0" length="8" time="0"/>
    <single_mapping origin_block="20" data_block="9" time="1"/>
    <single_mapping origin_block="21" data_block="10" time="0"/>
  </device>
  <device dev_id="5" mapped_blocks="0" transaction="2" creation_time="1" snap_time="1">
  </device>
</superblock>
XML
cat >made.txt <<'TEXT'
begin superblock: "", 1, 2, 0, 2, 128, 10240
device: 1
mapped_blocks: 10
transaction: 0
creation time: 0
snap time: 1
    (0..7) -> (0..7), 0
    (20..20) -> (9..9), 1
    (21..21) -> (10..10), 0

device: 5
mapped_blocks: 0
transaction: 2
creation time: 1
snap time: 1

end superblock
TEXT
restored made.xml md.img 4M
for options in '' '-f xml' '-fxml' '--format=xml' '--format xml' '--expand' '-q' '--threads 1'; do
	# shellcheck disable=SC2086 # words
	unchanged md.img run_ok thin_dump $options md.img
	stdout_is_file made.xml
	stderr_is_empty
done
for options in '-f human_readable' '--format human_readable --expand'; do
	# shellcheck disable=SC2086
	unchanged md.img run_ok thin_dump $options md.img
	stdout_is_file made.txt
	stderr_is_empty
done
for format in custom=x.so XML json ''; do
	unchanged md.img run_rejects thin_dump -f "$format" md.img
	stdout_is_empty
	stderr_has "--format: found \"$format\", wanted one of xml|human_readable"
done

# A run ends where any of thin block, data block and time does not go on.
superblock_xml nr_data_blocks=10240 >split.xml
cat >>split.xml <<'XML'
  <device dev_id="1" mapped_blocks="8" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="100" length="2" time="0"/>
    <range_mapping origin_begin="2" data_begin="102" length="2" time="1"/>
    <range_mapping origin_begin="4" data_begin="200" length="2" time="1"/>
    <range_mapping origin_begin="7" data_begin="202" length="2" time="1"/>
  </device>
</superblock>
XML
restored split.xml md.img 4M
run_ok thin_dump md.img
stdout_is_file split.xml
# ... and what goes on is one run, however it was written.
{
	head -n 2 split.xml
	single_xml 0 100 0
	single_xml 1 101 0
	sed 1,3d split.xml
} >single.xml
restored single.xml md.img 4M
run_ok thin_dump md.img
stdout_is_file split.xml

# Shared subtrees: in the text as well; needs_check shows as flags.
fixture deep
run_ok thin_dump -f human_readable deep.img
grep -qxE 'def: [0-9]+' out || complain "no def"
grep -qxE '    ref: [0-9]+' out || complain "no ref"
run_ok thin_dump deep.img
grep -qxE '  <def name="[0-9]+">' out || complain "no def"
grep -qxE '    <ref name="[0-9]+"/>' out || complain "no ref"
fixture needs-check
run_ok thin_dump needs-check.img
head -n 1 out | grep -q ' flags="1" ' || complain "no flags"
fixture held
run_ok thin_dump held.img
stdout_lacks metadata_snap
