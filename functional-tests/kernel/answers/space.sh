#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Data space runs out: writes wait or fail, and go on when there is space again.
# shellcheck source=functional-tests/kernel/answers/lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# Until status says, or does not say, that there is no space.
until_space_is() { # none | there [OPTION]...
	local n want=$1 is

	shift
	for ((n = 0; n < 1000; n++)); do
		is=there
		[[ $(dmsetup status "$@" pool) != *out_of_data_space* ]] || is=none
		[ $is != "$want" ] || return 0
		sleep 0.1
	done
	echo "space is $is, not $want"
}

events() {
	echo "event $(dmsetup info -c --noheadings -o events pool)"
}

# However slow the guest is: writes wait until there is space.
no_space_timeout 3600

say queue
pool 2048 128 4 1 skip_block_zeroing
message create_thin 0
message create_thin 1
thin t0 0 8192
thin t1 1 8192
events
put t0 1 0 704 64
events
put t0 2 704 128 64
events
put t0 3 832 192 64
events
show t0 pool
(put t1 4 0 256 64; echo "written") >/tmp/waiter 2>&1 &
until_space_is none
show pool
sum t0
put t0 5 0 64 64
reload 4096 128 4 1 skip_block_zeroing
wait
cat /tmp/waiter
show t0 t1 pool
sum t1

say space from a discard
put t1 6 256 768 64
show pool
(put t0 7 2048 64 64; echo "written") >/tmp/waiter 2>&1 &
until_space_is none
show pool
try blkdiscard -o 0 -l 262144 /dev/mapper/t1
# Mainline, if it has committed between the discard of a mapping and that of its block, does
# not commit the latter until something else changes, or status is asked for.
if [ "$IMPL" = ours ]; then
	until_space_is there --noflush
else
	until_space_is there
fi
wait
cat /tmp/waiter
show t0 t1 pool
sum t0
sum t1

say error
reload 4096 128 4 2 skip_block_zeroing error_if_no_space
put t0 8 2560 1024 64
show t0 pool
message delete 1
dmsetup remove t1
message delete 1
show pool
put t0 9 3072 1024 64
show t0 pool
sum t0

say no timeout
no_space_timeout 0
message create_thin 3
reload 4096 128 4 1 skip_block_zeroing
thin t3 3 32768
(put t3 10 0 512 64; echo "written") >/tmp/waiter 2>&1 &
until_space_is none
sleep 2
cat /tmp/waiter
show pool
reload 8192 128 4 1 skip_block_zeroing
wait
cat /tmp/waiter
show t3 pool
dmsetup remove t3
message delete 3

say timeout
no_space_timeout 3
message create_thin 2
reload 8192 128 4 1 skip_block_zeroing
thin t2 2 32768
put t2 10 0 4096 64
show t2 pool
dmsetup remove t0 t2
dmsetup remove pool
