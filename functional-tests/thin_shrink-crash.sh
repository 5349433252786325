#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Killed at any moment, the old pool is what it was, and going on gives the same result.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"
# shellcheck source=functional-tests/tools/shrink.sh
. "$srcdir/tools/shrink.sh"

need_strace
make_pool
volumes pool.img data.img >truth
calls=pwrite64,copy_file_range,fdatasync,fsync

shrink() { # OUTPUT [OPTION]...
	shrink_to=$1
	shift
	run thin_shrink --binary -i pool.img -o "$shrink_to" --data data.img --nr-blocks 110 \
		--threads 1 "$@"
}
make_thin_md was.img 1 20 1M
thin_dump -o was.xml was.img
cp data.img full.img
blank wanted.img 1M
shrink wanted.img
[ "$status" = 0 ] || complain "it fails"
mv data.img wanted.data
thin_dump -o wanted.xml wanted.img
is_wanted() {
	is_sound new.img
	run_ok thin_dump new.img
	stdout_is_file wanted.xml
	cmp -s data.img wanted.data || fail "the data is not what it should be"
}
sum=$(cksum <pool.img)

# First while it copies as it likes, then while it writes what is not there.
for option in '' --resume; do
	nr=0
	while :; do
		nr=$((nr + 1))
		cp full.img data.img
		cp was.img new.img
		status=0
		# shellcheck disable=SC2086 # a word or none
		strace -f -qq -o log -e trace=$calls -e "inject=$calls:signal=KILL:when=$nr" \
			thin_shrink --binary -i pool.img -o new.img --data data.img \
			--nr-blocks 110 --threads 1 $option >out 2>err || status=$?
		[ $status != 0 ] || break
		[ $status -gt 128 ] || complain "$nr: not killed"
		[ "$sum" = "$(cksum <pool.img)" ] || fail "$nr: the input has changed"
		volumes pool.img data.img >got
		same truth got
		# What is in the output is what was there, nothing, or all of it.
		if thin_check -q new.img; then
			thin_dump -o got.xml new.img
			cmp -s got.xml was.xml || cmp -s got.xml wanted.xml ||
				fail "$nr: the output is something else"
		fi
		shrink new.img --resume --verify
		[ $status = 0 ] || complain "$nr: it cannot go on"
		is_silent
		is_wanted
	done
	is_wanted
	[ $nr -gt 10 ] || fail "killed only $nr times${option:+ with }$option"
done

# What is there is not written again, and whatever changed meanwhile is.
cp wanted.data data.img
strace -f -qq -o log -P "$PWD/data.img" -e trace=pwrite64,copy_file_range \
	thin_shrink --binary -i pool.img -o new.img --data data.img --nr-blocks 110 --resume \
	>out 2>err || complain "it fails"
[ ! -s log ] || fail "it writes what is there: $(head -n 3 log)"
# Volume 5 is written to, at its blocks 200 and 225, in between.
for block in 230 255; do
	printf X | dd of=data.img bs=1 seek=$((block * 65536 + 40000)) conv=notrunc status=none
done
volumes pool.img data.img >changed
cmp -s truth changed && fail "nothing has changed"
shrink new.img --resume
volumes new.img data.img >got
same changed got
