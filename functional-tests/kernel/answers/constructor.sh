#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tables that are refused, and what one looks like that was taken.
# shellcheck source=functional-tests/kernel/answers/lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

for words in "" "128" "128 0 1" "127 0" "64 0" "2097280 0" "0 0" "x 0" "128 x" "128 -1" \
	"0x80 0" "4294967424 0" "128 0x5" "128 18446744073709551616" "128 0 +1 ignore_discard" \
	"128 0 1 foo" "128 0 5 skip_block_zeroing a b c d" "128 0 2 read_only" \
	"128 0 1 read_only"; do
	pool 1024 "$words"
done
try dmsetup create pool --table "0 1024 thin-pool $meta"
try dmsetup create pool --table "0 1024 thin-pool $meta $meta 128 0"
try dmsetup create pool --table "0 1024 thin-pool /dev/nothing $data 128 0"
try dmsetup create pool --table "0 1024 thin-pool $meta /dev/nothing 128 0"

say taken
pool 1024 128 0 4 SKIP_BLOCK_ZEROING ignore_discard no_discard_passdown error_if_no_space
show pool
try dmsetup create pool2 --table "0 1024 thin-pool $meta $data 128 0"
reload 1024 128 7
show pool
try dmsetup remove pool
pool 1024 256 0
pool 1024 128 0
show pool
thin t x 2048
thin t 16777216 2048
thin t 5 2048
try dmsetup create t --table "0 2048 thin $meta 0"
try dmsetup create t --table "0 2048 thin /dev/mapper/pool"
try dmsetup create t --table "0 2048 thin /dev/mapper/pool 0 /dev/mapper/pool"
try dmsetup create t --table "0 2048 thin /dev/mapper/pool 0 $data 1"
try dmsetup create t --table "0 2048 thin /dev/mapper/pool 0 /dev/nothing"
try dmsetup create t --table "0 2048 thin /dev/mapper/pool 0 250:77"
dmsetup suspend pool
message create_thin 0
thin t 0 2048
dmsetup resume pool
thin t 0 2048
show t pool
try dmsetup remove pool
dmsetup remove t
try dmsetup remove pool
