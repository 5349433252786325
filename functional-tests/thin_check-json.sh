#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A checker's --json is one JSON object, whatever was found.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

judges() { # VERDICT FILE [OPTION]...
	judges_verdict=$1
	shift
	unchanged "$1" run thin_check --json "$@"
	case $judges_verdict in
	passed) [ "$status" = 0 ] ;;
	failed) [ "$status" = 1 ] ;;
	esac || complain "wanted the status of $judges_verdict"
	stderr_is_empty
	json <out >values || complain "this is not JSON"
	has "verdict $judges_verdict"
}
has() { # LINE
	grep -qxF -e "$1" values || {
		cat values
		fail "no \"$1\""
	}
}

for name in $fixtures; do
	fixture "$name"
	case $name in
	killed) judges failed killed.img ;;
	*) judges passed "$name.img" ;;
	esac
	has "device $name.img"
done
fixture basic
judges passed basic.img
has "superblock.transaction_id 5"
has "superblock.metadata_blocks 512"
has "superblock.metadata_blocks_free 489"
has "superblock.needs_check false"
has "superblock.metadata_snapshot null"
has "counts_compared true"
has "superblock.data_block_size_sectors 128"
has "devices 10"
has "findings_by_class.fatal 0"
has "mended null"
judges passed held.img
has "superblock.metadata_snapshot $(md get held.img 0 56 8)"
judges passed held.img -m
judges passed needs-check.img --explain
has "superblock.needs_check true"
judges passed basic.img --super-block-only
judges passed basic.img --skip-mappings
judges failed killed.img --threads 3
has "faults.0.code DATA_LEAK"
has "faults.0.class leak"
has "faults.0.range.begin 4500"
has "faults.0.range.end 4501"
judges passed killed.img --ignore-non-fatal-errors
cp killed.img md.img
run_ok thin_check --json --auto-repair md.img
json <out >values || complain "this is not JSON"
has "mended leaks are repaired"

# Damage: which block, which device, what is lost.
leaf=$(md path basic.img 1 0 | tail -n 1)
cp basic.img md.img
spoil_block md.img "$leaf"
judges failed md.img
has "faults.0.block $leaf"
has "faults.0.device 1"
has "losses.0.device 1"
has "losses.0.begin 0"
cp basic.img md.img
spoil_block md.img "$(md get md.img 0 320 8)"
judges failed md.img
cp basic.img md.img
spoil_block md.img 0
judges failed md.img
has "superblock null"
has "counts_compared false"

# Names are bytes.
odd='a "quoted\ name	with
everything'"$(printf '\001\177\303\244\377')"
cp basic.img "$odd"
judges passed "$odd"
run_ok thin_check -q --json basic.img
json <out >/dev/null || [ ! -s out ] || complain "neither JSON nor nothing"
