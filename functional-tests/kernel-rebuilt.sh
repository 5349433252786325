#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel goes on to work with a pool whose space maps were rebuilt.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

spoil_maps() { # FILE
	maps=$(md kinds "$1" | awk '$2 == "bitmap" || $2 == "index" { print $1 }')
	for map in $maps $(md get "$1" 0 80 8) $(md get "$1" 0 88 8) $(md get "$1" 0 216 8); do
		spoil_block "$1" "$map"
	done
}

# With a metadata snapshot, and not a block of either space map left.
kernel_makes held 4M 1G
cp meta.img as-was
spoil_maps meta.img
run_fails thin_check meta.img
run_ok thin_check --rebuild-space-maps --undo meta.undo meta.img
is_sound meta.img
cp meta.img rebuilt.img
cp --sparse=always data.img data2.img
kernel_takes meta.img
# Undoing would destroy what the kernel did since.
unchanged meta.img run_rejects thin_check --apply-undo meta.undo meta.img

# Nothing is known of the sizes either.
cp as-was meta.img
for offset in 64 72 80 88 192 200 208 216; do
	md set meta.img 0 $offset 8 0
done
run_ok thin_check --rebuild-space-maps meta.img
data=data2.img
kernel_takes meta.img
[ "$(md get meta.img 0 64 8)" = 16384 ] || fail "the kernel did not add the rest of the data device"

# On a block device, whose last block cannot be read.
cp as-was md.img
spoil_maps md.img
cp md.img was.img
# shellcheck disable=SC2034 # for guest
meta=md.img data=none
guest_commands "read-errors error 8184 8" \
	"$bin/thin_check --rebuild-space-maps --undo /tmp/undo \$DEVICE" \
	"$bin/thin_check \$DEVICE" \
	"$bin/thin_check --apply-undo /tmp/undo \$DEVICE" \
	"$bin/thin_check -q \$DEVICE" \
	"$bin/thin_check -q --rebuild-space-maps \$DEVICE"
result_has 1 "space maps are rebuilt" "status 0"
result_has 2 "status 0"
result_has 3 "blocks are put back" "status 0"
result_has 4 "status 1"
result_has 5 "status 0"
same rebuilt.img md.img
