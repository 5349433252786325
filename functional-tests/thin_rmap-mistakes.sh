#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin_rmap refuses what is no region, and names damage.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture snapshots
fixture held
for region in '' 00 0 .. 0.. ..5 0..-1 0...1 0-5 5..5 8..5 '0 ..5' 0..5.. 0x0..5 +0..5 \
	0..18446744073709551616; do
	run_rejects thin_rmap --region "$region" snapshots.img
	stderr_has "found \"$region\", wanted two numbers B..E"
	stdout_is_empty
	run_rejects thin_rmap --region 0..5 snapshots.img "--region=$region"
	run_rejects thin_rmap "--reg=$region" --region 0..5 snapshots.img
done
run_rejects thin_rmap snapshots.img
stderr_has "missing option: --region"
run_rejects thin_rmap snapshots.img --region
run_rejects thin_rmap --region 0..5 -m snapshots.img
stderr_has reserve_metadata_snap
run_rejects thin_rmap --region 0..5 -m7 held.img
stderr_has "not in block 7"
run_ok thin_rmap --region 0..18446744073709551615 snapshots.img

leaf=$(md path snapshots.img 0 390 | tail -n 1)
cp snapshots.img md.img
spoil_block md.img "$leaf"
unchanged md.img run_fails thin_rmap --region 0..5 md.img
stderr_has "block $leaf (mapping node): device 0: "
stdout_is_empty
run_fails thin_rmap -q --region 0..5 md.img
is_silent

# Of what several devices share, one is named; the root of one is its own.
leaf=$(md path snapshots.img 3 300 | tail -n 1)
root=$(md path snapshots.img 3 300 | tr ' ' '\n' | sed -n 2p)
cp snapshots.img md.img
spoil_block md.img "$leaf"
run_fails thin_rmap --region 0..5 md.img
stderr_has "block $leaf (mapping node): device "
cp snapshots.img md.img
spoil_block md.img "$root"
run_fails thin_rmap --region 0..5 md.img
stderr_has "block $root (mapping node): device 3: "

# Whatever is spoilt, it ends.
block=1
while [ $block -le 60 ]; do
	cp snapshots.img md.img
	md spoil md.img $block
	run timeout 100 thin_rmap --region 0..999999 md.img
	[ "$status" -le 1 ] || complain "wanted status 0 or 1"
	block=$((block + 1))
done
