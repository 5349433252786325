#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A volume that was sent and received is the same, whole or changed, raw or compressed.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

for sectors in 128 384; do
	make_stream_pool $sectors
	for id in 1 2 3; do
		volume $id wanted
		for option in '' --compress=9; do
			rm -f copy
			# shellcheck disable=SC2086 # none or one
			sent $id $option -o stream
			run_ok thin_receive -i stream -o copy
			is_silent
			same wanted copy
			# Through pipes, onto what was something else and larger.
			head -c 9000000 /dev/urandom >copy
			# shellcheck disable=SC2086,SC2002
			sent $id $option | cat | run_ok thin_receive -o copy --verify || exit 1
			same wanted copy
		done
	done
	# From each to each, to a file that may have to grow.  What a device does not map,
	# but its base does, reads as zeroes, also where nothing comes behind.
	for from in 1 2 3 4; do
		for to in 1 2 3 4; do
			[ $sectors = 128 ] || [ $from$to = 12 ] || continue
			volume $from copy
			volume $to wanted
			size=$(size_of copy)
			[ "$(size_of wanted)" -ge "$size" ] || truncate -s "$size" wanted
			sent $to --from $from >stream
			# shellcheck disable=SC2002
			cat stream | run_ok thin_receive -o copy --verify || exit 1
			same wanted copy
			volume $from copy
			run_ok thin_receive -i - -o copy --state state <stream
			rm state
			same wanted copy
		done
	done
done

# What is not mapped, or zero, takes no room.
make_stream_pool 128
volume 1 wanted
sent 1 | run_ok thin_receive -o sparse || exit 1
[ "$(du -k sparse | cut -f 1)" -le "$(du -k pool.data | cut -f 1)" ] || fail "it is not sparse"
sent 2 --from 1 | run_ok thin_receive -o sparse --json || exit 1
json <out >values
for line in "device_size 2031616" "zero_bytes" "hole_bytes 327680" "same_bytes"; do
	grep -q "^$line" values || fail "wanted $line: $(cat values)"
done

# However many threads, the stream says the same.
for threads in 1 2 16 300; do
	cp sparse copy
	sent 1 --from 2 --compress --threads $threads >stream
	run_ok thin_receive -i stream -o copy --json
	[ $threads != 1 ] || mv out wanted.json
	[ $threads = 1 ] || stdout_is_file wanted.json
done

# Sizes: what the device has behind its last mapping, and what was cut off.
for size in 10m 65536 1000448 512; do
	volume 1 wanted "$(echo $size | sed s/10m/10485760/)"
	sent 1 --size "$(echo $size | sed 's/[0-9]$/&b/')" >stream
	run_ok thin_receive -i stream -o sized.$size
	same wanted sized.$size
done
volume 1 wanted 1000448
volume 2 changed 1000448
sent 2 --from 1 --size 1000448b | run_ok thin_receive -o wanted || exit 1
same changed wanted

# A metadata snapshot, which a kernel made, and damage to other devices.
fixture held
for id in 0 1; do
	thin_dump -m held.img >held.xml
	restored held.xml was.img held.img
	"$builddir/thinvol" fill held.data 268435456 7
	volume_of=was.img volume_data=held.data volume $id wanted
	thin_send -m --metadata held.img --data held.data --thin $id --compress |
		run_ok thin_receive -o copy.$id || exit 1
	same wanted copy.$id
done
