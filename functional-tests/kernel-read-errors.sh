#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Blocks that cannot be read are named, and only those.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_guest
# shellcheck disable=SC2034 # for guest
meta=snapshots.img data=none
fixture snapshots
leaf=$(md path snapshots.img 0 0 | tail -n 1)
sum=$(cksum <snapshots.img)

# shellcheck disable=SC2016 # for the guest's shell
guest_commands "read-errors error $((leaf * 8)) 8" \
	"$bin/thin_check \$DEVICE" \
	"$bin/thin_check --explain \$DEVICE" \
	"$bin/thin_dump \$DEVICE" \
	"$bin/thin_dump -o /tmp/dump --dev-id 1 \$DEVICE" \
	"$bin/thin_check -q \$DEVICE" \
	"$bin/thin_check --auto-repair \$DEVICE" \
	"$bin/thin_check --super-block-only \$DEVICE"
for n in 1 2 3 6; do
	result_has $n "block $leaf" "cannot be read" "status 1"
	[ "$(grep -c "cannot be read" result.$n)" = 1 ] || fail "$(cat result.$n): more than one"
done
result_has 1 "device 0" TRANSACTION_ID=0
result_has 4 "status 0"
result_has 5 "status 1"
result_has 7 "status 0"

# shellcheck disable=SC2016 # for the guest's shell
guest_commands "read-errors error 0 1" \
	"$bin/thin_check \$DEVICE" \
	"$bin/thin_dump \$DEVICE"
for n in 1 2; do
	result_has $n "block 0" "cannot be read" "status 1"
done
[ "$sum" = "$(cksum <snapshots.img)" ] || fail "the metadata has changed"
