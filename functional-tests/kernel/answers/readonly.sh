#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Thin devices that are read-only: what is mapped, shared or a hole is read, nothing
# is written, discarded or provisioned.
# shellcheck source=functional-tests/kernel/answers/lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

only_read() { # NAME ID SECTORS [ORIGIN]
	try dmsetup create "$1" --readonly --table "0 $3 thin /dev/mapper/pool $2${4:+ $4}"
	try blockdev --getro "/dev/mapper/$1"
}

pool 65536 128 0
message create_thin 0
thin t0 0 8192
put t0 1 0 1024 64
snap t0 1 0
only_read t1 1 8192
put t0 2 64 128 64
put t1 3 0 4
put t1 4 2000 4
try blkdiscard -o 0 -l 1048576 /dev/mapper/t1
sum t0
sum t1
show t0 t1 pool
message create_snap 2 1
only_read t2 2 16384
sum t2
say to writable and back
try dmsetup suspend t1
try dmsetup reload t1 --table "0 8192 thin /dev/mapper/pool 1"
try dmsetup resume t1
put t1 5 0 64 64
try dmsetup suspend t1
try dmsetup reload t1 --readonly --table "0 8192 thin /dev/mapper/pool 1"
try dmsetup resume t1
put t1 6 0 4
sum t1
sum t2
show t1 t2 pool
say a second device of a volume
only_read same 0 8192
put t0 7 3000 64
sum same
show same
dmsetup remove same t0 t1 t2
try dmsetup remove pool

say of a read-only pool
pool 65536 128 0 1 read_only
try dmsetup create t1 --readonly --table "0 8192 thin /dev/mapper/pool 1"
sum t1
thin t0 0 8192
sum t0
put t0 8 0 4
show t0 t1 pool
dmsetup remove t0 t1
try dmsetup remove pool
