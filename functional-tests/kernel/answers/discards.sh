#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Discards: parts of blocks, shared blocks, long ranges, with and without a data
# device that takes them.
# shellcheck source=functional-tests/kernel/answers/lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# A disk that takes discards of any size; what it does with them shows in reads.
disk=/dev/sda
modprobe sd_mod 2>/dev/null
if ! modprobe scsi_debug lbpu=1 lbpws=1 dev_size_mb=64 delay=0 lbprz=1 2>/dev/null; then
	disk=/dev/nullb0
	modprobe null_blk nr_devices=1 gb=1 memory_backed=1 discard=1
fi
for _ in $(seq 1000); do
	[ -b $disk ] && break
	sleep 0.1
done
[ -b $disk ] || { echo "no $disk"; exit 9; }

cut() { # NAME KIB-OFFSET KIB
	try blkdiscard -o $(($2 * 1024)) -l $(($3 * 1024)) "/dev/mapper/$1"
}

for features in "0" "1 no_discard_passdown" "1 ignore_discard"; do
	for data in "$DISK1" $disk; do
		say "$features on $data"
		dd if=/dev/zero of="$meta" bs=4k count=1 status=none
		pool 65536 128 0 "$features"
		show pool
		message create_thin 0
		thin t0 0 32768
		put t0 1 0 8192 1024
		cut t0 4 60
		cut t0 0 60
		cut t0 64 64
		cut t0 100 300
		show t0 pool
		snap t0 1 0
		thin t1 1 32768
		cut t0 1024 1024
		put t1 2 2048 256
		cut t0 2048 128
		cut t1 4096 256
		cut t0 4096 256
		cut t0 9000 7000
		sum t0
		sum t1
		show t0 t1 pool
		cut t0 0 16384
		cut t1 0 16384
		sum t0
		sum t1
		show t0 t1 pool
		put t0 3 0 2048 64
		sum t0
		show t0 pool
		lsblk -nbd -o DISC-GRAN,DISC-MAX /dev/mapper/pool /dev/mapper/t0
		dmsetup remove t0 t1
		dmsetup remove pool
	done
done
