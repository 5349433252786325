#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Unused blocks of a data file become holes, and not a byte of the others changes.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

# In use: 0..8, 9, 12, 33, and 50 as the last one before free space.
{
	superblock_xml nr_data_blocks=64 time=0
	echo '  <device dev_id="1" mapped_blocks="12" transaction="0" creation_time="0"'
	echo '    snap_time="0">'
	range_xml 0 0 8 0
	single_xml 20 9 0
	single_xml 21 12 0
	single_xml 30 33 0
	single_xml 40 50 0
	echo '  </device>'
	echo '</superblock>'
} >pool.xml
restored pool.xml meta.img 1M
head -c 4M /dev/urandom >full.img
cp full.img data.img
size=65536
free='8..9 10..12 13..33 34..50 51..64'
trim() { # [OPTION]...
	run_ok thin_trim --metadata-dev meta.img --data-dev data.img "$@"
}
# The bytes of blocks BEGIN to END of a file.
blocks() { # FILE BEGIN END
	dd if="$1" bs=$size skip="$2" count=$(($3 - $2)) status=none | cksum
}
nothing() { # BLOCKS
	head -c $(($1 * size)) /dev/zero | cksum
}

# What would be done is told, and nothing is done.
unchanged data.img trim --dry-run
stdout_has "3.2 MiB would be discarded in 5 ranges; 52 data blocks are unused"
stderr_is_empty
unchanged data.img trim --dry-run -v
stdout_is_empty
for range in $free; do
	stderr_has "data blocks $range: "
done
stderr_has "data blocks 51..64: 851968 bytes at 3342336"
stderr_lines 6
unchanged data.img trim --dry-run --json
json <out >got || complain "no JSON"
for text in "dry_run true" "data_blocks 64" "unused_blocks 52" "complete true" "ranges.0.begin 8" \
	"ranges.4.begin 51" "ranges.4.end 64" "ranges.4.offset 3342336" "ranges.4.bytes 851968"; do
	grep -qF "$text" got || {
		cat got
		fail "wanted in the JSON: $text"
	}
done

need_files_that punch
unchanged meta.img trim
is_silent
for range in $free; do
	begin=${range%..*} end=${range#*..}
	[ "$(blocks data.img "$begin" "$end")" = "$(nothing $((end - begin)))" ] ||
		fail "data blocks $range are not empty"
done
for range in 0..8 9..10 12..13 33..34 50..51; do
	begin=${range%..*} end=${range#*..}
	[ "$(blocks data.img "$begin" "$end")" = "$(blocks full.img "$begin" "$end")" ] ||
		fail "data blocks $range have changed"
done
[ "$(size_of data.img)" = "$(size_of full.img)" ] || fail "the size has changed"
[ "$(du -k data.img | cut -f 1)" -le 1024 ] || fail "there are no holes: $(du -k data.img)"
# Once more does no harm.
cp data.img once.img
trim -q
same once.img data.img

# A leaked block is kept: its count says that it is in use.
cp full.img data.img
md count meta.img data 63 1
run_fails thin_check meta.img
trim
[ "$(blocks data.img 63 64)" = "$(blocks full.img 63 64)" ] || fail "a leaked block is gone"
[ "$(blocks data.img 51 63)" = "$(nothing 12)" ] || fail "the blocks before it are there"
md count meta.img data 63 0

# An empty pool needs nothing of it.
superblock_xml nr_data_blocks=64 time=0 >empty.xml
echo '</superblock>' >>empty.xml
restored empty.xml meta.img 1M
trim
[ "$(blocks data.img 0 64)" = "$(nothing 64)" ] || fail "something is left"
