#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# 1.1 unpacks what we pack, but for blocks of no known kind, and we unpack what 1.1 packs.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_peer11
they_unpack() { # FILE
	run_ok thin_metadata_pack -f -i "$1" -o pack
	"$PEER11/thin_metadata_unpack" -f -i pack -o theirs >/dev/null 2>log || fail "$(cat log)"
}

for name in $fixtures; do
	fixture "$name"
	they_unpack "$name.img"
	same "$name.img" theirs

	"$PEER11/thin_metadata_pack" -f -i "$name.img" -o pack || fail "they cannot pack"
	unchanged pack run_ok thin_metadata_unpack -f -i pack -o ours
	stderr_has "pack: warning: has no checksum over the whole"
	stderr_lines 1
	same "$name.img" ours
	run_ok thin_metadata_unpack -q --check -i pack
	is_silent
done

# All kinds of leaves, and leaves that are no regular ones.
make_thin_md many.img 300 70 8M
they_unpack many.img
same many.img theirs

# They lose the blocks that are damaged, and nothing else.
cp many.img damaged.img
for block in 3 7 200; do
	spoil_block damaged.img $block
done
they_unpack damaged.img
run cmp -l damaged.img theirs
[ "$(awk '{ print int(($1 - 1) / 4096) }' out | uniq | tr '\n' ' ')" = "3 7 200 " ] ||
	fail "other blocks are lost"
thin_metadata_unpack -f -i pack -o ours || fail "we cannot unpack"
same damaged.img ours

# Sizes of which theirs loses a part.
for blocks in 700 1000 1023 1100; do
	head -c $((blocks * 4096)) many.img >part.img
	they_unpack part.img
	same part.img theirs
done
