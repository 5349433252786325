#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin-provisioning-tools 1.1 reads in our metadata what we read, and the other way round.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_peer11

for name in $fixtures; do
	fixture "$name"
	thin_dump -o ours.xml "$name.img"
	thin_dump --expand "$name.img" | sed '1s/flags="1"/flags="0"/' >wanted.xml
	"$PEER11/thin_dump" "$name.img" >theirs.xml 2>err || fail "$name: 1.1 cannot dump it"
	meaning_of theirs.xml >out
	same wanted.xml out
	meaning_of ours.xml >out
	same wanted.xml out
	case $name in
	killed) is_sound_or_leaks "$name.img" ;;
	*) "$PEER11/thin_check" "$name.img" >out 2>&1 || fail "$name: $(cat out)" ;;
	esac

	# Theirs to read, as we have restored it.
	restored ours.xml md.img 16M
	"$PEER11/thin_check" md.img >out 2>&1 || fail "$name: $(cat out)"
	"$PEER11/thin_dump" md.img >theirs.xml 2>err || fail "$name: 1.1 cannot dump ours"
	meaning_of theirs.xml >out
	same wanted.xml out

	# Ours to read, as they have restored our XML, def and ref included.
	blank theirs.img 16M
	"$PEER11/thin_restore" -q -i ours.xml -o theirs.img >out 2>&1 ||
		fail "$name: 1.1 cannot restore it: $(cat out)"
	is_sound_or_leaks theirs.img
	run_ok thin_dump --expand theirs.img
	same wanted.xml out
	[ "$(blocks_used md.img)" -le "$(blocks_used theirs.img)" ] ||
		fail "$name: we need $(blocks_used md.img) blocks, they $(blocks_used theirs.img)"
done

make_xml 50 700 >made.xml
restored made.xml md.img 16M
"$PEER11/thin_check" md.img >out 2>&1 || fail "$(cat out)"
# What we have repaired is sound to them.
for name in killed snapshots; do
	fixture $name
	[ $name = killed ] || md leak $name.img meta 5 >/dev/null
	md leak $name.img data 9 >/dev/null
	"$PEER11/thin_check" $name.img >out 2>&1 && fail "$name: 1.1 finds no leak"
	run_ok thin_check --auto-repair $name.img
	"$PEER11/thin_check" $name.img >out 2>&1 || fail "$name: $(cat out)"
done
for name in held snapshots; do
	fixture $name
	spoil_block $name.img "$(md get $name.img 0 80 8)"
	spoil_block $name.img "$(md get $name.img 0 208 8)"
	"$PEER11/thin_check" $name.img >out 2>&1 && fail "$name: 1.1 finds nothing"
	run_ok thin_check --rebuild-space-maps $name.img
	"$PEER11/thin_check" $name.img >out 2>&1 || fail "$name: $(cat out)"
done
