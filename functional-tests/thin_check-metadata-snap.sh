#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A checker can be told to judge the metadata snapshot alone.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture held as-was
held=$(md get as-was 0 56 8)

for option in -m --metadata-snap --metadata-snapshot "-m$held" "-m=$held" \
	"--metadata-snap=$held" "--metadata-snapshot=$held"; do
	unchanged as-was run_ok thin_check "$option" as-was
	stderr_is_empty
	unchanged as-was run_ok thin_check as-was "$option"
done
# The number may follow behind the device.
run_ok thin_check as-was -m "$held"
run_ok thin_check as-was --metadata-snap "$held"
run_fails thin_check as-was -m 7
stderr_has "metadata snapshot is in block $held, not in block 7"
run_fails thin_check --metadata-snap=7 as-was
stderr_has 7
run_rejects thin_check as-was 7 -m

# The transaction is that of the live superblock.
cp as-was md.img
md set md.img 0 48 8 77
run_ok thin_check -m md.img
grep -qx TRANSACTION_ID=77 out || complain "not the transaction of the live superblock"

# Damage on one side does not show on the other, but a full check finds both.
live_leaf=$(md path as-was 5 0 | tail -n 1)
cp as-was md.img
spoil_block md.img "$live_leaf"
unchanged md.img run_ok thin_check -m md.img
unchanged md.img run_fails thin_check md.img
held_top=$(md get as-was "$held" 320 8)
cp as-was md.img
spoil_block md.img "$held_top"
unchanged md.img run_fails thin_check -m md.img
stderr_has "block $held_top"
unchanged md.img run_fails thin_check md.img
stderr_has "block $held_top"
cp as-was md.img
spoil_block md.img "$held"
unchanged md.img run_fails thin_check -m md.img
unchanged md.img run_fails thin_check md.img

fixture basic
unchanged basic.img run_rejects thin_check -m basic.img
stderr_has "has no metadata snapshot"
stderr_has "dmsetup message POOL 0 reserve_metadata_snap"
