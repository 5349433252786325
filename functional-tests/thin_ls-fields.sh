#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin_ls prints what was asked for, in columns that scripts can cut.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

device() { # ID MAPPED TRANSACTION CREATED
	echo "<device dev_id=\"$1\" mapped_blocks=\"$2\" transaction=\"$3\"" \
		"creation_time=\"$4\" snap_time=\"1\">"
}
{
	superblock_xml
	device 1 10 0 0
	echo '<range_mapping origin_begin="0" data_begin="0" length="10" time="0"/></device>'
	device 2 9 2 1
	echo '<range_mapping origin_begin="0" data_begin="0" length="8" time="0"/>'
	echo '<single_mapping origin_block="20" data_block="100" time="1"/></device>'
	device 300 0 2 1
	echo '</device></superblock>'
} >md.xml
restored md.xml md.img 4M

unchanged md.img run_ok thin_ls md.img
stderr_is_empty
stdout_is 'DEV MAPPED CREATE_TIME SNAP_TIME 
  1 640KiB           0         1 
  2 576KiB           1         1 
300     0b           1         1 '

run_ok thin_ls md.img --no-headers -o DEV,EXCLUSIVE_BYTES
stdout_is '  1 131072 
  2  65536 
300      0 '

run_ok thin_ls md.img -o DEV,MAPPED_BLOCKS,EXCLUSIVE_BLOCKS,SHARED_BLOCKS
stdout_is 'DEV MAPPED_BLOCKS EXCLUSIVE_BLOCKS SHARED_BLOCKS 
  1            10                2             8 
  2             9                1             8 
300             0                0             0 '
run_ok thin_ls md.img --no-headers -o SHARED_SECTORS,MAPPED_SECTORS,SHARED,EXCLUSIVE,TRANSACTION
stdout_is '1024 1280 512KiB 128KiB 0 
1024 1152 512KiB  64KiB 2 
   0    0     0b     0b 2 '
# What has no mapping has no highest one.
run_ok thin_ls md.img --no-headers -o HIGHEST_BLOCK,HIGHEST_SECTOR,HIGHEST_BYTE,HIGHEST_MAPPED
stdout_is ' 9 1279  655359  640KiB 
20 2687 1376255 1343KiB 
 -    -       -       - '
# The last of two wins; a field may come twice.
run_ok thin_ls md.img -o MAPPED -o DEV,DEV --no-headers
stdout_is '  1   1 
  2   2 
300 300 '

run_ok thin_ls md.img --json -o DEV,SHARED_BLOCKS,MAPPED,HIGHEST_BLOCK
json <out >pairs || fail "not JSON"
for pair in 'devices.1.dev 2' 'devices.1.shared_blocks 8' \
	'devices.2.highest_block null'; do
	grep -qxF "$pair" pairs || complain "wanted $pair"
done

# A name comes once in an object.
run_ok thin_ls md.img --json -o DEV,MAPPED,DEV,MAPPED
[ "$(grep -o '"dev"' out | wc -l)" = 3 ] || complain "a name comes twice in an object"
json <out >pairs || fail "not JSON"

for fields in dev DEV,mapped NOPE '' ',' 'DEV,' ',DEV' 'DEV, MAPPED'; do
	run_rejects thin_ls -o "$fields" md.img
	stderr_has "wanted one of DEV "
	stderr_has "SNAP_TIME"
	stdout_is_empty
done
