#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What cannot be shrunk is refused before anything is written, with the reason.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"
# shellcheck source=functional-tests/tools/shrink.sh
. "$srcdir/tools/shrink.sh"

make_pool
make_thin_md new.img 1 20 1M
cp new.img was.img
cp pool.xml new.xml
cp data.img was.data

# Binary, with these options; nothing changes, and one or two lines say why.
refuses() { # OPTION...
	run_fails thin_shrink "$@"
	stdout_is_empty
	[ "$(wc -l <err)" -le 2 ] || complain "more than two lines"
	cmp -s was.img new.img || complain "the output has changed"
	cmp -s was.data data.img || complain "the data has changed"
	cmp -s pool.xml new.xml || complain "the XML has changed"
	# Words that are no options are told even so.
	! grep -q 'wanted a number' err || return 0
	cp err words
	run_fails thin_shrink -q "$@"
	is_silent
	cp words err
}
to="-o new.img --data data.img"
# shellcheck disable=SC2086 # words
{
	refuses --binary -i pool.img $to --nr-blocks 102
	stderr_has "pool.img: does not fit into 102 data blocks: 77 (4.8 MiB) behind that are in \
use, 76 (4.7 MiB) before it are free; it fits into 103"
	refuses -i pool.xml -o new.xml --data data.img --nr-blocks 102
	stderr_has "it fits into 103"
	refuses --binary -i pool.img $to --nr-blocks 257
	stderr_has "--nr-blocks is 257, but the pool has 256"
	refuses -i pool.xml -o new.xml --data data.img --nr-blocks 18446744073709551615
	stderr_has "the pool has 256"
	for nr in 0 -1 1k ''; do
		refuses --binary -i pool.img $to --nr-blocks "$nr"
		stderr_has --nr-blocks
	done
	refuses --binary -i pool.img $to
	stderr_has --nr-blocks
	refuses --binary -i pool.img -o new.img --nr-blocks 128
	stderr_has --data
	refuses --binary -i pool.img --data data.img --nr-blocks 128
	stderr_has "-o FILE"
	refuses --binary $to --nr-blocks 128
	stderr_has "-i FILE"

	# One for the other.
	refuses -i pool.img -o new.xml --data data.img --nr-blocks 128
	stderr_has "pool.img: is binary metadata, wanted XML; add --binary"
	refuses --binary -i pool.xml $to --nr-blocks 128
	stderr_has "pool.xml: is XML, wanted binary metadata"
	refuses --binary -i pool.img -o pool.img --data data.img --nr-blocks 128
	stderr_has "is the input as well"
	refuses -i pool.xml -o ./pool.xml --data data.img --nr-blocks 128
	stderr_has "is the input as well"
	refuses --binary -i pool.img -o data.img --data data.img --nr-blocks 128
	stderr_has "is the data as well"
	refuses --binary -i pool.img -o new.img --data new.img --nr-blocks 128
	refuses --binary -i pool.img -o new.img --data pool.img --nr-blocks 128
	stderr_has "is the metadata as well"
	mkdir dir
	for file in missing dir /dev/null; do
		refuses --binary -i $file $to --nr-blocks 128
		stderr_has $file
		refuses --binary -i pool.img -o $file --data data.img --nr-blocks 128
		stderr_has $file
		refuses --binary -i pool.img -o new.img --data $file --nr-blocks 128
		stderr_has $file
	done
	refuses -i dir -o new.xml --data data.img --nr-blocks 128
	refuses -i missing -o new.xml --data data.img --nr-blocks 128
	refuses -i pool.xml -o dir --data data.img --nr-blocks 128
	refuses -i pool.xml -o none.xml --data data.img --nr-blocks 102
	[ ! -e none.xml ] || fail "the output was created"
	[ ! -e missing ] || fail "a file was created"

	# The wrong size.
	truncate -s 16711680 data.img
	cp data.img was.data
	refuses --binary -i pool.img $to --nr-blocks 128
	stderr_has "data.img: is too small for this pool: has 255 data blocks (15.9 MiB), wanted"
	truncate -s 16842752 data.img
	cp data.img was.data
	refuses --binary -i pool.img $to --nr-blocks 128
	stderr_has --yes
	blank small.img 32K
	run_rejects thin_shrink --binary -i pool.img -o small.img --data data.img --yes \
		--nr-blocks 128
	stderr_has "small.img: is too small: has 8 blocks (32 KiB), wanted "
	blank zeroes 32K
	same zeroes small.img
	cmp -s was.data data.img || fail "data was copied that cannot be used"
}

# Damage, wherever it is.
cp pool.img sound.img
for block in $(md kinds sound.img | cut -d ' ' -f 1); do
	cp sound.img pool.img
	spoil_block pool.img "$block"
	refuses --binary -i pool.img -o new.img --data data.img --yes --nr-blocks 128
	stderr_has "block $block"
done
cp sound.img pool.img
md count pool.img data 5 0
refuses --binary -i pool.img -o new.img --data data.img --yes --nr-blocks 128
stderr_has "data block has count 0, wanted 1"
# A leaked block stays where it is.
cp sound.img pool.img
md count pool.img data 60 1
refuses --binary -i pool.img -o new.img --data data.img --yes --nr-blocks 103
stderr_has "it fits into 104"
run_ok thin_shrink --binary -i pool.img -o new.img --data data.img --yes --nr-blocks 104
cmp -n 65536 data.img was.data 3932160 3932160 || fail "a leaked block was written"
is_sound new.img

# XML that is wrong.
cp was.img new.img
cp data.img was.data
for text in '<superblock' 'time=' ' data_block' 'length' '</device>' 'ref name="1"'; do
	awk -v text="$text" '{ i = index($0, text); if (i && !done) { done = 1
		$0 = substr($0, 1, i - 1) "?" substr($0, i + length(text)) } print }' \
		pool.xml >bad.xml
	refuses -i bad.xml -o new.xml --data data.img --yes --nr-blocks 128
	stderr_has "bad.xml:"
done
sed 's/data_begin="200"/data_begin="250"/' pool.xml >bad.xml
refuses -i bad.xml -o new.xml --data data.img --yes --nr-blocks 128
stderr_has "range_mapping"
# More blocks than there can be, none of them in use: no time, no memory.
superblock_xml nr_data_blocks=1099511627775 >bad.xml
echo '</superblock>' >>bad.xml
refuses -i bad.xml -o new.xml --no-copy --nr-blocks 128
stderr_has "bad.xml"
