#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever allocation fails: a repair fails, or its result is what it always is.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

# It stands before the library of a sanitizer.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0"
"${CC:-cc}" -D_GNU_SOURCE -shared -fPIC -o nomem.so "$srcdir/nomem.c" 2>cc.err ||
	skip "$(head -n 1 cc.err)"

# The list of devices is lost, and one of seven nodes.
fixture snapshots in.img
md wipe in.img "$(md get in.img 0 320 8)"
# shellcheck disable=SC2046 # words
md wipe in.img $(md kinds in.img | awk '/node/ && ++n % 7 == 0 { print $1 }')
blank out.img 16M
run_ok thin_repair --threads 1 -i in.img -o out.img
cp out.img good.img
# A sanitizer takes its time, so every third has to do there.
step=1
! grep -q __asan_init "$bin/pdata_tools" || step=3
n=0 nr_failed=0
while n=$((n + step)) && [ $n -le 800 ]; do
	NOMEM_AT=$n LD_PRELOAD=$PWD/nomem.so thin_repair -q --threads 1 -i in.img -o out.img \
		2>err
	case $? in
	0) cmp -s out.img good.img || complain "allocation $n: another result" ;;
	1) nr_failed=$((nr_failed + 1)) ;;
	*)
		# Its own allocations may fail too, which it does not bear.
		grep -q "AddressSanitizer: CHECK failed: sanitizer_" err ||
			complain "allocation $n: $(cat err)"
		;;
	esac
done
[ $nr_failed -gt 20 ] || complain "only $nr_failed of the allocations mattered"
