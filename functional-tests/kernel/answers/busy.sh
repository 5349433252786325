#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Status, tables and messages while a volume is written to: none waits for long, measured by
# how long it takes when nobody writes, each has the form it should, and the content is what was
# written.
# shellcheck source=functional-tests/kernel/answers/lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

pool_form='^0 262144 thin-pool [0-9]+ [0-9]+/1024 [0-9]+/2048 ([0-9]+|-) rw '
pool_form+='no_discard_passdown queue_if_no_space - 256 $'
thin_form='^0 131072 thin [0-9]+ ([0-9]+|-)$'

pool 262144 128 0
message create_thin 0
message create_thin 1
thin t0 0 131072
thin t1 1 131072
(
	for n in 1 2 3; do
		put t0 "$n" 0 24576 64
		try blkdiscard -o $((n * 4194304)) -l 4194304 /dev/mapper/t0
	done
) >/tmp/wrote 2>&1 &
writer=$!
# The slowest round beside the writer, and of the others, in seconds.
longest=(0 0)
rounds=0 quiet=0 status=ok
while [ $quiet -lt 4 ] || [ $rounds -lt 8 ]; do
	begin=$SECONDS
	kill -0 $writer 2>/dev/null
	alone=$?
	quiet=$((quiet + alone))
	[[ $(dmsetup status pool) =~ $pool_form ]] || status="pool: $(dmsetup status pool)"
	[[ $(dmsetup status --noflush pool) =~ $pool_form ]] || status="without flush"
	[[ $(dmsetup status t0) =~ $thin_form ]] || status="thin: $(dmsetup status t0)"
	[ "$(dmsetup table t0 | wc -w)" = 5 ] || status="table: $(dmsetup table t0)"
	{
		dmsetup message pool 0 "create_thin $((100 + rounds))"
		dmsetup message pool 0 "reserve_metadata_snap"
		dmsetup message pool 0 "set_transaction_id $rounds $((rounds + 1))"
		put t1 7 $((rounds % 64 * 64)) 64
		dmsetup message pool 0 "release_metadata_snap"
		dmsetup message pool 0 "delete $((100 + rounds))"
		! dmsetup message pool 0 "delete 0" 2>/dev/null
	} >/tmp/message 2>&1 || status="message: $(cat /tmp/message)"
	took=$((SECONDS - begin))
	[ $took -le "${longest[alone]}" ] || longest[alone]=$took
	rounds=$((rounds + 1))
done
wait $writer
cat /tmp/wrote
[ "${longest[0]}" -le $((20 + 10 * longest[1])) ] ||
	status="a round took ${longest[0]} s, alone ${longest[1]} s"
echo "$status"
transaction=$(dmsetup status pool | cut -d ' ' -f 4)
[ "$transaction" = $rounds ] || echo "$transaction messages of $rounds are in the metadata"
sum t0
try dmsetup remove t1
message delete 1
try dmsetup message pool 0 "set_transaction_id $transaction 0" | sed 's/id [0-9]*/id N/'
dmsetup status t0
dmsetup status pool | cut -d ' ' -f 6-
dmsetup remove t0
message delete 0
try dmsetup remove pool
