#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each byte of a volume is found, wherever it is, and what is not mapped is zeroes or the origin's.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

size=65536
head -c $((64 * size)) /dev/urandom >data.img
# Blocks of zeroes are mapped as well.
dd if=/dev/zero of=data.img bs=$size seek=20 count=3 conv=notrunc status=none
{
	superblock_xml nr_data_blocks=64 time=1
	echo '  <def name="1">'
	range_xml 10 40 5 0
	single_xml 17 9 1
	echo '  </def>'
	for id in 1 2; do
		echo "  <device dev_id=\"$id\" mapped_blocks=\"$((10 + 6 * id))\" transaction=\"0\""
		echo '    creation_time="0" snap_time="1">'
		[ $id = 1 ] || range_xml 0 30 6 1
		echo '    <ref name="1"/>'
		range_xml 20 19 5 1
		range_xml 30 0 5 1
		echo '  </device>'
	done
	echo '  <device dev_id="3" mapped_blocks="0" transaction="0" creation_time="0"'
	echo '    snap_time="0"></device>'
	echo '</superblock>'
} >pool.xml
restored pool.xml meta.img 1M

# The same by hand: FIRST-THIN FIRST-DATA COUNT.
volume() { # FILE SIZE
	blank "$1" "$2"
	while read -r thin from count; do
		dd if=data.img of="$1" bs=$size seek="$thin" skip="$from" count="$count" \
			conv=notrunc status=none
	done
}
shared='10 40 5
17 9 1
20 19 5
30 0 5'
echo "$shared" | volume 1.wanted $((35 * size))
printf '%s\n' "0 30 6" "$shared" | volume 2.wanted $((35 * size))
: >3.wanted

for metadata in meta.img pool.xml; do
	for id in 1 2 3; do
		unchanged data.img unchanged $metadata run_ok thin_extract \
			--metadata-dev $metadata --data-dev data.img --dev-id $id -o out.img
		is_silent
		same $id.wanted out.img
		rm out.img
		# To a pipe, with the zeroes.
		thin_extract --metadata $metadata --data data.img --dev-id $id -o - |
			cmp - $id.wanted || fail "something else comes through a pipe"
	done
	# More and less of it, in sectors and with units.
	for bytes in 0 512 4096 $((30 * size + 512)) $((35 * size)) $((1000 * size)); do
		head -c $bytes 2.wanted >cut.wanted
		truncate -s $bytes cut.wanted
		for words in "$((bytes / 512))" "${bytes}b"; do
			run_ok thin_extract -q --metadata-dev $metadata --data-dev data.img \
				--dev-id 2 --size "$words" -o out.img
			is_silent
			same cut.wanted out.img
			rm out.img
			thin_extract -q --metadata-dev $metadata --data-dev data.img \
				--dev-id 2 --size "$words" -o - | cmp - cut.wanted ||
				fail "something else comes through a pipe"
		done
	done
done
thin="thin_extract --metadata-dev meta.img --data-dev data.img"

# Of a metadata snapshot other tools dump 0 data blocks; who knows how many there are says so.
sed 's/nr_data_blocks="64"/nr_data_blocks="0"/; s/data_block_size="128"/data_block_size="256"/' \
	pool.xml >zero.xml
other="thin_extract --metadata-dev zero.xml --data-dev data.img --dev-id 2"
# shellcheck disable=SC2086 # words
{
	run_rejects $other -o out.img
	stderr_has "zero.xml:"
	run_rejects $other -o out.img --nr-data-blocks 44 --data-block-size 128
	stderr_has "wanted at most"
	run_ok $other -o out.img --nr-data-blocks 64 --data-block-size 128
	same 2.wanted out.img
	rm out.img
	run_rejects $thin --dev-id 2 -o out.img --nr-data-blocks 64
	stderr_has "are for XML and for --repair"
}
[ ! -e out.img ] || fail "it made a file"

# A part.
for range in 0:0 0:1 1:2 100:700 127:129 128:256 1000:4000 3000:9000 8000:9000; do
	begin=${range%:*} end=${range#*:}
	blank whole $((9000 * 512))
	dd if=2.wanted of=whole conv=notrunc status=none
	dd if=whole of=part.wanted bs=512 skip="$begin" count=$((end - begin)) status=none
	# shellcheck disable=SC2086 # words
	run_ok $thin --dev-id 2 --range "$begin..$end" -o out.img
	same part.wanted out.img
	rm out.img
done
# shellcheck disable=SC2086 # words
run_ok $thin --dev-id 2 --range 64k..1m -o out.img
[ "$(size_of out.img)" = $((15 * size)) ] || fail "the part has $(size_of out.img) bytes"
rm out.img

# What is not mapped is in the origin; behind its end there is nothing.
head -c $((22 * size + 777)) /dev/urandom >origin.img
cp origin.img both.wanted
truncate -s $((35 * size)) both.wanted
echo "$shared" | while read -r t from count; do
	dd if=data.img of=both.wanted bs=$size seek="$t" skip="$from" count="$count" \
		conv=notrunc status=none
done
# shellcheck disable=SC2086 # words
run_ok $thin --dev-id 1 --origin origin.img -o out.img
same both.wanted out.img
rm out.img
# shellcheck disable=SC2086 # words
$thin --dev-id 1 --origin origin.img -o - | cmp - both.wanted || fail "not so through a pipe"
# shellcheck disable=SC2086 # words
run_ok $thin --dev-id 3 --origin origin.img -o out.img
same origin.img out.img
rm out.img
# shellcheck disable=SC2086 # words
run_ok $thin --dev-id 1 --origin origin.img --range 100..2000 -o out.img
dd if=both.wanted of=part.wanted bs=512 skip=100 count=1900 status=none
same part.wanted out.img
rm out.img

# The map.
run_ok thin_extract --metadata-dev meta.img --dev-id 1 --dry-run
printf '%s\n' "10..15 at 40..45" "17..18 at 9..10" "20..25 at 19..24" "30..35 at 0..5" \
	"16 blocks of 128 sectors in 4 runs, 1 MiB; the output would have 2293760 bytes, 2.1 MiB" \
	>wanted
stdout_is_file wanted
run_ok thin_extract --metadata-dev pool.xml --dev-id 1 --dry-run
stdout_is_file wanted

# Of the metadata snapshot.
fixture held
run_ok thin_extract -m --metadata-dev held.img --dev-id 0 --dry-run
mv out held.map
run_ok thin_dump -m --expand --dev-id 0 held.img
grep -c mapping out >lines
[ "$(cat lines)" = "$(grep -c ' at ' held.map)" ] || fail "another map of the snapshot"
run_rejects thin_extract -m --metadata-dev meta.img --dev-id 1 --dry-run
stderr_has "has no metadata snapshot"

# Who has XML is not sent to a tool that does not read it.
run_rejects thin_extract --metadata-dev pool.xml --dev-id 77 --dry-run
stderr_has "pool.xml: has no device 77"
stderr_lacks thin_ls
run_rejects thin_extract --metadata-dev meta.img --dev-id 77 --dry-run
stderr_has "meta.img: has no device 77; thin_ls lists"
