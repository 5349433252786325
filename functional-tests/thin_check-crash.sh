#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A repair that is killed or loses power leaves the metadata as it was or repaired.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_strace

# Either as before or as afterwards, and a second run repairs it.
judge() { # HOW
	run thin_check md.img
	case $status in
	0) stderr_lacks "leak: " ;;
	1) same err.before err ;;
	*) complain "$name: $1: wanted status 0 or 1" ;;
	esac
	thin_dump md.img | sed '1s/flags="1"/flags="0"/' >md.xml
	same before.xml md.xml
	run_ok thin_check --auto-repair md.img
	is_sound md.img
	thin_dump -o md.xml md.img
	same before.xml md.xml
}

try() { # FILE
	name=$1
	cp "$name" md.img
	thin_dump md.img | sed '1s/flags="1"/flags="0"/' >before.xml
	run thin_check md.img
	cp err err.before
	trace_writes md.img thin_check --auto-repair md.img
	is_sound md.img

	for n in $(seq 0 "$nr_writes"); do
		cp "$name" md.img
		crash md.img "$n"
		judge "after $n writes"
		for seed in 1 2 3 4 5 6 7 8 9 10 11 12; do
			cp "$name" md.img
			crash md.img "$n" $seed
			judge "power cut $seed before write $n"
		done
	done
	# Each thread counts its own writes.
	for n in $(seq 1 $((nr_writes + 1))); do
		cp "$name" md.img
		killed_at "$n" thin_check --auto-repair md.img
		[ "$n" -gt 1 ] || [ "$status" != 0 ] || fail "$name: it was not killed"
		judge "killed at write $n"
	done
}

fixture needs-check
try needs-check.img
fixture killed
try killed.img
fixture snapshots
md leak snapshots.img data 300 >/dev/null
md leak snapshots.img meta 20 >/dev/null
try snapshots.img
md leak needs-check.img meta 7 >/dev/null
try needs-check.img
fixture held
md leak held.img data 5 >/dev/null
try held.img
