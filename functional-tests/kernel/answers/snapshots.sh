#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Snapshots: sharing is broken by part and by whole, on both sides, and external
# origins lend what is not written.
# shellcheck source=functional-tests/kernel/answers/lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

pool 131072 128 0 1 skip_block_zeroing
message create_thin 0
thin t0 0 16384
put t0 1 0 4096
snap t0 1 0
thin t1 1 16384
put t0 2 4 4
put t0 3 64 64 64
put t1 4 200 4
put t1 5 256 128 128
put t0 6 200 4
sum t0
sum t1
show t0 t1 pool
snap t1 2 1
snap t0 3 0
thin t2 2 16384
thin t3 3 20000
put t2 7 4000 300
put t0 8 0 8192 1024
for t in t0 t1 t2 t3; do
	sum $t
done
show t0 t1 t2 t3 pool
dmsetup remove t1
message delete 1
show pool
put t3 9 0 1024 64
sum t2
sum t3
show t2 t3 pool

say external origin
dmsetup create origin --table "0 3000 linear $data 140000"
put origin 11 0 1500
dmsetup suspend origin
dmsetup load origin --table "0 3000 linear $data 140000" --readonly
dmsetup resume origin
message create_thin 10
thin e 10 8192 /dev/mapper/origin
sum e
put e 12 4 4
put e 13 128 64 64
put e 14 1476 4
put e 15 3000 4
sum e
show e pool
snap e 11 10
thin f 11 8192 /dev/mapper/origin
put f 16 8 4
put e 17 640 4
sum e
sum f
show e f pool
dmsetup remove e f t0 t2 t3
dmsetup remove pool
