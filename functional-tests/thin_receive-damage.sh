#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A damaged stream, or one for another target, writes nothing where that can be known before.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

make_stream_pool 128
volume 1 base
sent 1 --compress >full
sent 2 --from 1 --compress >inc
sent 2 --from 1 --compress >inc2
cp base copy

# From a file: each is refused, and the target left alone.
refused() { # FILE TEXT
	unchanged copy run_rejects thin_receive -i "$1" -o copy
	stderr_has "$2"
	stdout_is_empty
	rm -f new
	[ "$1" = damaged ] || return 0
	run_fails thin_receive -n -i "$1"
}
flip() { # FILE OFFSET
	cp "$1" damaged
	printf '%b' "\\0$(printf %o $((255 - $(od -An -tu1 -j "$2" -N 1 "$1"))))" |
		dd of=damaged bs=1 seek="$2" conv=notrunc status=none
}
for file in full inc; do
	size=$(size_of $file)
	n=0
	while [ $n -lt 20 ]; do
		offset=$((n * 7919 * 13 % size))
		flip $file $offset
		refused damaged ''
		head -c $offset $file >damaged
		refused damaged ''
		n=$((n + 1))
	done
	cat $file full >damaged
	refused damaged "bytes behind the end"
	head -c $((size - 1)) $file >damaged
	refused damaged "ends in the middle"
done
# Two good streams of the same make no third.
{ head -c 1000 inc; tail -c +1001 inc2; } >damaged
refused damaged ''
: >empty
head -c 100000 /dev/urandom >noise
for file in empty noise pool.img pool.xml; do
	refused $file "is no stream of thin_send"
done
run_rejects thin_receive -i missing -o copy
stderr_has "No such file"
run_rejects thin_receive -i . -o copy
stderr_has "directory"

# From a pipe, what was received has to stay, but it is never taken for good.
for cut in 200 5000 20000; do
	rm -f new
	head -c $cut full | run_fails thin_receive -o new || exit 1
	stderr_has "ends in the middle"
	[ ! -e new ] || stderr_has "new: is incomplete"
done
head -c 300 full | run_rejects thin_receive -o none || exit 1
[ ! -e none ] || fail "a file is made for nothing"

# Another base: not one byte is written, from a pipe as well.
volume 4 other
volume 2 newer
cp base touched
printf x | dd of=touched bs=1 seek=400000 conv=notrunc status=none
cp base elsewhere
printf x | dd of=elsewhere bs=1 seek=1700000 conv=notrunc status=none
: >nothing
for target in other newer touched elsewhere nothing; do
	unchanged $target run_rejects thin_receive -i inc -o $target
	stderr_has "$target: byte "
	stderr_has "Nothing has been written"
	# shellcheck disable=SC2002
	cat inc | unchanged $target run_rejects thin_receive -o $target || exit 1
	stderr_has "Nothing has been written"
	unchanged $target run_rejects thin_receive --dry-run -i inc -o $target
done
run_rejects thin_receive -i inc -o missing
stderr_has "what a stream changes must be there"
[ ! -e missing ] || fail "a target was made"
# The right one, at last.
unchanged base run_ok thin_receive --dry-run -i inc -o base
stdout_has "the target is its base"
run_ok thin_receive --dry-run -i inc
run_ok thin_receive --dry-run -i full -o missing
[ ! -e missing ] || fail "a target was made"
run_ok thin_receive -i inc -o base
same newer base
