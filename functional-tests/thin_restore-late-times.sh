#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Times that are later than the pool's raise the pool's, so that the result is
# sound; a warning says so.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

cat >late.xml <<'XML'
<superblock uuid="" time="1" transaction="2" flags="0" version="2"
  data_block_size="128" nr_data_blocks="1000">
  <device dev_id="1" mapped_blocks="3" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="0" length="3" time="5"/>
  </device>
  <device dev_id="2" mapped_blocks="1" transaction="0" creation_time="3" snap_time="4">
    <single_mapping origin_block="7" data_block="9" time="0"/>
  </device>
</superblock>
XML
blank late.img 1M
run_ok thin_restore -i late.xml -o late.img
stderr_lines 2
stderr_has "late.xml:4: warning: element range_mapping attribute time: found 5"
stderr_has "late.xml:6: warning: element device attribute creation_time: found 3"
is_sound late.img
run_ok thin_dump late.img
sed -e '1s/time="1"/time="5"/' -e '1{N;s/\n */ /}' late.xml >wanted.xml
stdout_is_file wanted.xml
