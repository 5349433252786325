#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A repair that is killed or loses power never looks like metadata, unless it is complete.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_strace

# The input is damaged, and is only read.
damaged() { # NAME
	fixture "$1" in.img
	leaf=$(md path in.img 0 1 | tr ' ' '\n' | tail -n 1)
	spoil_block in.img "$leaf"
	chmod 444 in.img
	cksum <in.img >in.sum
	thin_repair -q -i in.img -o "$2" || fail "$1 cannot be repaired"
}

# Something else was there, whose superblock must not survive.
make_thin_md old.img 30 500 16M
thin_dump -o old.xml old.img
for name in snapshots deep; do
	rm -f in.img
	blank new.img 16M
	damaged $name new.img
	thin_dump -o new.xml new.img

	cp old.img md.img
	trace_writes md.img thin_repair -q -i in.img -o md.img
	is_sound md.img
	[ "$nr_writes" -ge 3 ] || fail "only $nr_writes writes"
	grep -q ' fdatasync(' log || fail "it never flushes"
	for n in $(seq 0 "$nr_writes"); do
		[ "$n" -le 1 ] && may_be_old=yes || may_be_old=no
		cp old.img md.img
		crash md.img "$n"
		judge_crashed "$name: after $n writes" "$may_be_old"
		for seed in 1 2 3 4 5 6; do
			cp old.img md.img
			crash md.img "$n" $seed
			judge_crashed "$name: power cut $seed before write $n" "$may_be_old"
		done
	done
	for n in $(seq 1 "$nr_writes"); do
		cp old.img md.img
		killed_at "$n" thin_repair -q -i in.img -o md.img
		judge_crashed "$name: killed at write $n" yes
	done
	cksum <in.img | cmp -s - in.sum || fail "the input has changed"
done

# The input is opened for reading alone, by every name.
for option in '-o md.img' --dry-run --list-roots '--transaction 0 -o md.img'; do
	# shellcheck disable=SC2086 # words
	strace -f -qq -o log -e trace=open,openat,creat,truncate,rename,unlink \
		thin_repair -q -i in.img $option >out 2>err || fail "$option: $(cat err)"
	grep in.img log >opened || fail "how was the input opened?"
	! grep -v O_RDONLY opened || fail "$option: the input was opened for more than reading"
	! grep -q -e O_TRUNC -e O_CREAT opened || fail "$option: the input was opened for writing"
done

# Errors of the device are told, and nothing half done looks whole.  As each thread
# counts its own calls, there may be no third one of any.
for n in 1 2; do
	fails_at pwrite64 $n thin_repair -i in.img -o md.img
done
for n in 1 2; do
	fails_at fdatasync $n thin_repair -i in.img -o md.img
done
