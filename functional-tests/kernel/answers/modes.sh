#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Read-only pools, pools whose metadata fails, and pools that need a check.
# shellcheck source=functional-tests/kernel/answers/lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

events() {
	echo "events $(dmsetup info -c --noheadings -o events pool)"
}

say read-only
pool 65536 128 0
message create_thin 0
thin t0 0 16384
put t0 1 0 1024 64
snap t0 1 0
thin t1 1 16384
put t0 2 0 64 64
reload 65536 128 0 1 read_only
show pool
message create_thin 7
message delete 1
put t0 3 4 4
put t0 4 200 4
put t1 5 0 4
put t0 6 2000 4
try blkdiscard -o 0 -l 1048576 /dev/mapper/t0
try dd if=/dev/zero of=/dev/mapper/t0 bs=4k count=1 oflag=direct conv=notrunc,fsync status=none
sum t0
sum t1
show t0 t1 pool
reload 65536 128 0
put t0 7 2000 4
show t0 pool
events
dmsetup remove t0 t1
dmsetup remove pool

say metadata that cannot be written
s=$(blockdev --getsz "$meta")
dmsetup create meta --table "0 $s linear $meta 0"
meta=/dev/mapper/meta
pool 65536 128 0
thin t0 0 16384
thin t1 1 16384
dmsetup suspend --noflush --nolockfs meta
dmsetup load meta --table "0 $s flakey $DISK0 0 0 3600 1 error_writes"
dmsetup resume meta
put t0 8 4096 64 64
# A flush, so that the commit that fails is not that of the message, if nothing else was in
# time: of that mainline says that all went well.
dmsetup status pool >/dev/null
dmsetup message pool 0 "create_thin 5" 2>/dev/null
echo "$?"
show pool
put t0 9 8000 4
put t1 9 0 4
put t0 10 2000 4
sum t0
message create_thin 6
dmsetup suspend --noflush --nolockfs meta
dmsetup load meta --table "0 $s linear $DISK0 0"
dmsetup resume meta
reload 131072 128 0
show pool
events
message create_thin 6
dmsetup remove t0 t1
dmsetup remove pool
pool 131072 128 0
show pool
message create_thin 6
thin t0 0 16384
sum t0
dmsetup remove t0
pool2=$(dmsetup status pool)
echo "$pool2"
dmsetup remove pool
dmsetup remove meta
