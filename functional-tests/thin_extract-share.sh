#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel copies from a sparse data file, holes stay holes, and where it cannot, it is read.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_strace
need_files_that copy
size=65536
# Every other part of a block is a hole; so is all of blocks 8 to 15.
truncate -s $((40 * size)) data.img
for block in 0 1 2 3 4 5 6 7 16 17 18 19 20; do
	dd if=/dev/urandom of=data.img bs=$((size / 2)) seek=$((2 * block + block % 2)) count=1 \
		conv=notrunc status=none
done
{
	superblock_xml nr_data_blocks=40 time=0
	device_xml 1 28
	range_xml 2 12 9 0
	range_xml 11 0 8 0
	range_xml 40 8 11 0
	echo "  </device>"
	echo "</superblock>"
} >pool.xml
blank wanted $((51 * size))
while read -r thin from count; do
	dd if=data.img of=wanted bs=$size seek="$thin" skip="$from" count="$count" \
		conv=notrunc,sparse status=none
done <<-END
	2 12 9
	11 0 8
	40 8 11
END

extracts() { # WHAT WANTED COMMAND...
	extracts=$1 extracts_wanted=$2
	shift 2
	rm -f out.img
	# shellcheck disable=SC2086 # words
	unchanged data.img run_ok "$@" thin_extract --metadata-dev pool.xml --data-dev data.img \
		--dev-id 1 -o out.img $range
	is_silent
	cmp "$extracts_wanted" out.img || fail "$extracts: something else"
}
range=
extracts plainly wanted strace -f -qq -o log -e trace=copy_file_range,ioctl
grep -qE '^[0-9]* *(copy_file_range\(.*\) *= [1-9]|ioctl\(.*FICLONERANGE.*\) = 0)' log ||
	fail "nothing went past our memory: $(cat log)"
[ "$(stat -c %b out.img)" -le "$(stat -c %b wanted)" ] ||
	fail "$(stat -c %b out.img) blocks, wanted at most $(stat -c %b wanted)"

# Refused at once, or in the middle, or done in part.
for error in EXDEV EINVAL ENOSYS EOPNOTSUPP EPERM EIO ENOSPC; do
	for when in 1+ 3+ 4; do
		extracts "$error at $when" wanted strace -f -qq -o log \
			-e trace=copy_file_range,ioctl \
			-e "inject=ioctl:error=EOPNOTSUPP" \
			-e "inject=copy_file_range:error=$error:when=$when"
		grep -q INJECTED log || fail "$error was not met"
	done
done
extracts "nothing copied" wanted strace -f -qq -o log -e trace=copy_file_range,ioctl \
	-e inject=ioctl:error=EXDEV -e inject=copy_file_range:retval=0:when=2+

# A part of it, of which no block begins where one of the output's does.
dd if=wanted of=part.wanted bs=512 skip=333 count=4000 status=none
range='--range 333..4333'
extracts "a part" part.wanted
extracts "a part, sealed off" part.wanted strace -f -qq -o log -e trace=copy_file_range \
	-e inject=copy_file_range:error=EXDEV:when=2+

# Zeroes in a file without holes are found by reading, and become holes.
range=
cp --sparse=never data.img full.img
mv full.img data.img
extracts "without holes" wanted
[ "$(stat -c %b out.img)" -le $(($(stat -c %b wanted) + 16)) ] ||
	case $(stat -f -c %T .) in
	xfs | btrfs) ;;		# they are shared
	*) fail "zeroes have been written: $(stat -c %b out.img) blocks" ;;
	esac
