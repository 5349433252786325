#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Devices go in any order, suspended or not, with tables that never came into force, at
# once or when the last user has gone.
# shellcheck source=functional-tests/kernel/answers/lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

module=dm_thin_pool
[ "$IMPL" != ours ] || module=dm_multisnap
# On this kernel ours is built in, and mainline's answer has no counterpart.
unload() {
	[ "$KERNEL" = in-tree-y ] || try rmmod $module | sed "s/$module/MODULE/g"
}
soon() { # COMMAND...
	try timeout -s KILL 200 "$@"
}
names() {
	dmsetup ls | sed 's/\t.*//' | sort | paste -s -d ' '
}
fresh() {
	pool 65536 128 0
	dmsetup message pool 0 "create_thin 0" 2>/dev/null
	dmsetup message pool 0 "create_thin 1" 2>/dev/null
	thin t0 0 8192
	thin t1 1 8192
	put t0 1 0 256 64
}

say pool first
fresh
soon dmsetup remove pool
names
soon dmsetup remove --deferred pool
show pool
soon dmsetup remove t0
names
soon dmsetup remove t1
names

say the module in use
fresh
unload
soon dmsetup remove t0 t1 pool
names

say suspended
fresh
soon dmsetup suspend t0
soon dmsetup suspend pool
soon dmsetup remove t0
names
soon dmsetup resume pool
soon dmsetup remove t1
soon dmsetup remove pool
fresh
soon dmsetup suspend pool
soon dmsetup remove t0
soon dmsetup remove t1
soon dmsetup remove pool
names

say tables that were only loaded
try dmsetup create pool --notable
try dmsetup load pool --table "$(pool_table 65536 128 0)"
try dmsetup create t0 --notable
try dmsetup load t0 --table "0 8192 thin /dev/mapper/pool 0"
soon dmsetup remove t0
soon dmsetup remove pool
fresh
try dmsetup load t0 --table "0 4096 thin /dev/mapper/pool 1"
try dmsetup load pool --table "$(pool_table 131072 128 0)"
soon dmsetup remove t1
message delete 1
soon dmsetup remove t0
message delete 1
soon dmsetup remove pool
names

say another target in its place
fresh
try dmsetup suspend t1
try dmsetup load t1 --table "0 8192 zero"
try dmsetup resume t1
message delete 1
sum t1
soon dmsetup remove --force t0
names
soon dmsetup remove pool
soon dmsetup remove t1

say while bios wait for space
no_space_timeout 3600
dd if=/dev/zero of="$meta" bs=4k count=1 status=none
pool 512 128 0 1 skip_block_zeroing
message create_thin 5
thin t0 5 8192
(put t0 2 0 1024 64) >/tmp/waiter 2>&1 &
waiter=$!
for ((n = 0; n < 1000; n++)); do
	dmsetup status --noflush pool | grep -q out_of_data_space && break
	sleep 0.1
done
show pool
try dmsetup suspend --noflush t0
try dmsetup load t0 --table "0 8192 error"
try dmsetup resume t0
wait $waiter
cat /tmp/waiter
soon dmsetup remove t0
soon dmsetup remove pool
names
unload
