#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A rebuild or an undo that is killed or loses power leaves the old metadata or the new.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_strace

# What a check says tells which state it is.
state() { # FILE
	run thin_check "$1"
	if cmp -s err err.before; then
		echo old
	elif [ "$status" = 0 ] && [ ! -s err ]; then
		echo new
	else
		complain "$name: neither the old nor the new state" >&2
	fi
}
# Whatever is there: it is the old or the new state; undoing brings all back, and
# doing it again works as well.
judge() { # HOW
	found=$(state md.img) || fail "$1"
	thin_dump md.img >md.xml
	same before.xml md.xml
	cp md.img again.img
	run_ok thin_check --rebuild-space-maps again.img
	is_sound again.img
	run_ok thin_check --apply-undo full.undo md.img
	same as-was md.img
}

try() { # FILE
	name=$1
	cp "$name" as-was
	cp "$name" md.img
	rm -f full.undo
	thin_dump md.img >before.xml
	run_fails thin_check md.img
	cp err err.before
	run_ok thin_check --rebuild-space-maps --undo full.undo md.img
	cp md.img done.img
	cp "$name" md.img
	rm -f md.undo
	trace_writes md.img thin_check --rebuild-space-maps --undo md.undo md.img
	same md.undo full.undo
	same md.img done.img
	states=
	for n in $(seq 0 "$nr_writes"); do
		cp "$name" md.img
		crash md.img "$n"
		judge "after $n writes"
		states="$states $found"
		for seed in 1 2 3 4 5 6; do
			cp "$name" md.img
			crash md.img "$n" $seed
			judge "power cut $seed before write $n"
		done
	done
	case $states in
	" old "*" new") ;;
	*) fail "$name: states:$states" ;;
	esac
	# Each thread counts its own writes; those of the undo file count as well.
	for n in $(seq 1 7); do
		cp "$name" md.img
		rm -f md.undo
		killed_at "$n" thin_check --rebuild-space-maps --undo md.undo md.img
		[ "$n" -gt 3 ] || [ "$status" != 0 ] || fail "$name: it was not killed"
		if cmp -s md.undo full.undo; then
			judge "killed at write $n"
		else
			same as-was md.img
			unchanged md.img run_rejects thin_check --apply-undo md.undo md.img
		fi
	done

	# Undoing goes from the new state to the old.
	cp done.img md.img
	trace_writes md.img thin_check --apply-undo full.undo md.img
	same as-was md.img
	for n in $(seq 0 "$nr_writes"); do
		for seed in '' 1 2 3 4 5 6; do
			cp done.img md.img
			# shellcheck disable=SC2086 # none or one
			crash md.img "$n" $seed
			judge "undoing, $n writes, power cut $seed"
		done
	done
}

fixture held
spoil_block held.img "$(md get held.img 0 208 8)"
spoil_block held.img "$(md get held.img 0 80 8)"
try held.img
fixture snapshots
md count snapshots.img data 900 0
md count snapshots.img meta "$(md get snapshots.img 0 320 8)" 0
try snapshots.img
