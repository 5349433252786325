#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A pool shrunk by 1.1 and by us has the same volumes; only ours says how large it is.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"
# shellcheck source=functional-tests/tools/shrink.sh
. "$srcdir/tools/shrink.sh"

need_peer11
make_pool
volumes pool.img data.img >truth

for nr in 256 150 103; do
	cp data.img theirs.data
	"$PEER11/thin_shrink" -i pool.xml -o theirs.xml --data theirs.data --nr-blocks $nr \
		>out 2>&1 || fail "1.1 cannot shrink it: $(cat out)"
	cp data.img ours.data
	run_ok thin_shrink -i pool.xml -o ours.xml --data ours.data --nr-blocks $nr
	truncate -s $((nr * 65536)) theirs.data ours.data
	xml_volumes theirs.xml theirs.data >got
	same truth got
	xml_volumes ours.xml ours.data >got
	same truth got
	grep -q 'nr_data_blocks="256"' theirs.xml || fail "1.1 has changed: $(head -n 1 theirs.xml)"
	grep -q "nr_data_blocks=\"$nr\"" ours.xml || fail "the old size: $(head -n 1 ours.xml)"
	# As 1.1 reads it, no run was cut that need not be.
	[ "$(grep -c mapping ours.xml)" -le "$(grep -c mapping theirs.xml)" ] ||
		fail "$nr: $(grep -c mapping ours.xml) runs, 1.1 has $(grep -c mapping theirs.xml)"
	blank ours.img 1M
	run_ok thin_shrink --binary --no-copy -i pool.img -o ours.img --nr-blocks $nr
	"$PEER11/thin_check" ours.img >out 2>&1 || fail "1.1: $(cat out)"
done

for name in basic snapshots killed; do
	fixture $name
	thin_dump -o old.xml $name.img
	for nr in 5000 4300; do
		"$PEER11/thin_shrink" -i old.xml -o theirs.xml --data data.img --no-copy \
			--nr-blocks $nr >out 2>&1 || fail "1.1 cannot shrink it: $(cat out)"
		run_ok thin_shrink -i old.xml -o ours.xml --no-copy --nr-blocks $nr
		[ "$(grep -c mapping ours.xml)" -le "$(grep -c mapping theirs.xml)" ] ||
			fail "$name, $nr: $(grep -c mapping ours.xml) runs, 1.1 has \
$(grep -c mapping theirs.xml)"
	done
done
