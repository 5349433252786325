#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What is packed comes back byte by byte: damage, noise, leftovers, any size.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

goes_round() { # FILE
	unchanged "$1" run_ok thin_metadata_pack -f -i "$1" -o pack
	is_silent
	unchanged pack run_ok thin_metadata_unpack -f -i pack -o back
	is_silent
	same "$1" back
	run_ok thin_metadata_unpack --check -i pack
	is_silent
}

for name in $fixtures; do
	fixture "$name"
	goes_round "$name.img"
	[ "$(size_of pack)" -lt $(($(size_of "$name.img") / 10)) ] || fail "$name is not small"
	is_sound_or_leaks back
	# Whatever the number of threads, it is the same file.
	mv pack one
	for threads in 1 2 7; do
		run_ok thin_metadata_pack --threads $threads -i "$name.img" -o pack
		same one pack
	done
done

# Damaged blocks are stored as they are, and so is what never was metadata.
cp basic.img damaged.img
for block in 0 1 5 20 $(($(size_of basic.img) / 4096 - 1)); do
	spoil_block damaged.img "$block"
	goes_round damaged.img
done
head -c 3M /dev/urandom >noise
goes_round noise
cat basic.img noise deep.img noise >mixed
goes_round mixed

# Sizes about those of a chunk, with something in the last block.
for blocks in 1 2 127 255 256 257 1023 1024 1025 2047 2049; do
	blank sized $((blocks * 4096))
	printf 'last' | dd of=sized bs=4096 seek=$((blocks - 1)) conv=notrunc status=none
	printf 'first' | dd of=sized conv=notrunc status=none
	truncate -s $((blocks * 4096)) sized
	goes_round sized
done

# Zeroes take nothing, and holes no time.
blank zeroes 64G
goes_round_sparse() {
	run_ok timeout 20 thin_metadata_pack -f -i zeroes -o pack
	[ "$(size_of pack)" -lt 1000 ] || fail "zeroes take $(size_of pack) bytes"
	run_ok timeout 20 thin_metadata_unpack -f -i pack -o back
	[ "$(size_of back)" = "$(size_of zeroes)" ] || fail "the size is not the same"
	[ "$(du -k back | cut -f 1)" -lt 100 ] || fail "there are no holes"
}
! files_can tell || {
	goes_round_sparse
	dd if=basic.img of=zeroes bs=4096 count=1 seek=5000000 conv=notrunc status=none
	truncate -s 64G zeroes
	goes_round_sparse
	dd if=back bs=4096 skip=5000000 count=1 status=none | cmp - basic.img 2>err
	grep -q "EOF on -" err || fail "the block is lost: $(cat err)"
}
rm -f zeroes back

# What is less than a block at the end is told.
head -c 8193 basic.img >odd
run_ok thin_metadata_pack -i odd -o odd.pack
stderr_has "odd: warning: the last 1 bytes"
stderr_lines 1
run_ok thin_metadata_unpack -i odd.pack -o odd.back
head -c 8192 odd | cmp - odd.back || fail "it is not the same"

# Metadata of other kinds.
for magic in '\063\270\135' '\173\007\301\176'; do
	cp basic.img other.img
	dd if=/dev/zero of=other.img bs=1 seek=32 count=8 conv=notrunc status=none
	# shellcheck disable=SC2059 # it is a format
	printf "$magic" | dd of=other.img bs=1 seek=32 conv=notrunc status=none
	goes_round other.img
done

# Through pipes.
# shellcheck disable=SC2094 # not the same file
thin_metadata_pack -i basic.img -o - | thin_metadata_unpack -i - -o back -f || fail "no pipe"
same basic.img back
run_ok thin_metadata_pack -i basic.img -o /dev/null
