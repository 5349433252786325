#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tables that are loaded over others: growth, other features, other devices, and
# removal in any order.
# shellcheck source=functional-tests/kernel/answers/lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

s=$(blockdev --getsz "$meta")
dmsetup create meta --table "0 4096 linear $meta 0"
meta=/dev/mapper/meta
pool 2048 128 0
message create_thin 0
thin t0 0 4096
put t0 1 0 512 64
show pool

say data grows
reload 4096 128 0
show pool
reload 2048 128 0
try dmsetup reload pool --table "$(pool_table 4096 128 0)"
try dmsetup resume pool
show pool

say metadata grows
dmsetup suspend pool
dmsetup suspend meta
dmsetup load meta --table "0 $s linear $DISK0 0"
dmsetup resume meta
dmsetup resume pool
show pool

say other devices
try dmsetup reload pool --table "0 4096 thin-pool $data $meta 128 0"
try dmsetup reload pool --table "0 4096 thin-pool $DISK0 $data 128 0"
try dmsetup reload pool --table "0 4096 linear $data 0"
try dmsetup reload pool --table "$(pool_table 4096 256 0)"
try dmsetup clear pool

say features
reload 4096 128 9 2 error_if_no_space no_discard_passdown
show pool
try dmsetup reload pool --table "$(pool_table 4096 128 0 1 ignore_discard)"
reload 4096 128 0
show pool

say thin
try dmsetup suspend t0
try dmsetup reload t0 --table "0 8192 thin /dev/mapper/pool 0"
try dmsetup resume t0
show t0
put t0 2 3000 64
try dmsetup suspend t0
try dmsetup reload t0 --table "0 1024 thin /dev/mapper/pool 0"
try dmsetup resume t0
show t0
try dmsetup reload t0 --table "0 1024 thin /dev/mapper/pool 9"
try dmsetup reload t0 --table "0 2048 thin /dev/mapper/pool 0"
try dmsetup clear t0
sum t0
message create_thin 3
thin t3 3 1024
thin same 0 1024
sum same
put same 4 128 64
show t0 same
dmsetup remove t0
try dmsetup remove pool
dmsetup remove same t3
dmsetup remove pool
dmsetup remove meta
