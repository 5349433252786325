#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A damaged pack is refused in one line, and nothing is lost by trying.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture basic
fixture snapshots
thin_metadata_pack -i snapshots.img -o good || fail "no pack"
size=$(size_of good)

refused() { # TEXT
	for to in new old; do
		cp basic.img old
		rm -f new
		unchanged old unchanged bad run_rejects thin_metadata_unpack -f -i bad -o $to
		stdout_is_empty
		stderr_has "thin_metadata_unpack: bad: "
		stderr_has "$1"
		[ ! -e new ] || fail "there is an output"
	done
	run_rejects thin_metadata_unpack --check -i bad
	stderr_has "$1"
	run_fails thin_metadata_unpack -q -f -i bad -o new
	is_silent
	[ "$(ls)" = "$names" ] || fail "something is left: $(ls)"
}
put() { # OFFSET BYTES
	cp good bad
	# shellcheck disable=SC2059 # it is a format
	printf "$2" | dd of=bad bs=1 seek="$1" conv=notrunc status=none
}
# For the names of all files that there shall be.
cp good bad
cp basic.img old
run true
names=$(ls)

head -c 31 good >bad
refused "has 31 bytes, wanted at least the 32"
: >bad
refused "has 0 bytes"
cp snapshots.img bad
refused "this is no packed metadata"
put 0 x
refused "this is no packed metadata"
put 8 '\004'
refused "is of version 4, wanted 3"
put 16 '\001'
refused "has blocks of 4097 bytes, wanted 4096"
put 30 '\001'
refused "is of a device of 281474976711680 blocks"
put 33 '\377\377\377\377\377'
refused "chunk 0 has 281474976710424 bytes, wanted at most 33554432"
put 25 '\000'
refused "wanted one below"
put $((size / 2)) '\000\377\000\377'
refused ""
# Cut off anywhere.
for cut in 33 39 40 41 60 64 65 100 $((size / 2)) $((size - 64)) $((size - 1)); do
	head -c "$cut" good >bad
	refused "is cut short"
done
{ cat good; echo; } >bad
refused "chunk"
cat good good >bad
refused "chunk"

# What is sound of it can be had.
put $((size / 2)) '\000\377\000\377'
run_fails thin_metadata_unpack --partial -i bad -o some
stderr_lines 2
stderr_has "some: has "
[ "$(size_of some)" = "$(size_of snapshots.img)" ] || fail "it has another size"
cmp -n 4096 some snapshots.img || fail "the superblock is not there"
head -c $((size * 3 / 4)) good >bad
run_fails thin_metadata_unpack --partial -i bad -o some -f
cmp -n 400000 some snapshots.img || fail "blocks that are there are not unpacked"

# No file, and files that are none.
mkdir dir
run_rejects thin_metadata_unpack -i missing -o new
stderr_has "missing: No such file"
run_rejects thin_metadata_unpack -i dir -o new
stderr_has "dir: is a directory"
run_rejects thin_metadata_unpack -i good -o dir
stderr_has "dir: is a directory"
run_rejects thin_metadata_unpack -i good -o missing/new
stderr_has "missing/new: No such file"
run_rejects thin_metadata_unpack -i good -o /dev/null
stderr_has "/dev/null: is a character device"
[ ! -e new ] || fail "there is an output"
