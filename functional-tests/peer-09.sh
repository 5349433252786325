#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin-provisioning-tools 0.9 reads in our metadata what we read, and the other way round.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_peer09

for name in $fixtures; do
	fixture "$name"
	"$peer09/thin_dump" "$name.img" >theirs.xml 2>err || fail "$name: 0.9 cannot dump it"
	run_ok thin_dump --expand "$name.img"
	stdout_is_file theirs.xml
	sed '1s/flags="1"/flags="0"/' theirs.xml >wanted.xml

	# Theirs to read, as we have restored it.
	thin_dump -o ours.xml "$name.img"
	for xml in ours.xml theirs.xml; do
		restored $xml md.img 16M
		"$peer09/thin_check" md.img >out 2>&1 || fail "$name: $(cat out)"
		"$peer09/thin_dump" md.img >out || fail "$name: 0.9 cannot dump ours"
		same wanted.xml out
	done

	# Ours to read, as they have restored it.
	thin_dump --expand "$name.img" >expanded.xml
	blank theirs.img 16M
	"$peer09/thin_restore" -i expanded.xml -o theirs.img >out 2>&1 ||
		fail "$name: 0.9 cannot restore it: $(cat out)"
	is_sound_or_leaks theirs.img
	run_ok thin_dump --expand theirs.img
	same expanded.xml out
	restored ours.xml md.img 16M
	# They have one leaf for all devices that are empty.
	empty=$(grep -c 'mapped_blocks="0"' wanted.xml)
	[ "$(blocks_used md.img)" -le $(($(blocks_used theirs.img) + empty)) ] ||
		fail "$name: we need $(blocks_used md.img) blocks, they $(blocks_used theirs.img)"
done

# Many devices, as lvm2's tests have them, and blocks of their own.
make_xml 50 700 >made.xml
restored made.xml md.img 16M
"$peer09/thin_check" md.img >out 2>&1 || fail "$(cat out)"
"$peer09/thin_dump" md.img >out || fail "0.9 cannot dump ours"
same made.xml out

# Both find damage, and both leave the rest of it alone.
fixture basic
spoil_block basic.img "$(md path basic.img 1 0 | tail -n 1)"
"$peer09/thin_check" basic.img >out 2>&1 && fail "0.9 finds nothing"
run_fails thin_check basic.img
# After our repair of leaks they find nothing.
fixture snapshots
md leak snapshots.img meta 5 >/dev/null
"$peer09/thin_check" snapshots.img >out 2>&1 && fail "0.9 finds no leak"
run_ok thin_check --auto-repair snapshots.img
"$peer09/thin_check" snapshots.img >out 2>&1 || fail "$(cat out)"
# Nor after space maps were rebuilt.
fixture held
spoil_block held.img "$(md get held.img 0 80 8)"
spoil_block held.img "$(md get held.img 0 208 8)"
"$peer09/thin_check" held.img >out 2>&1 && fail "0.9 finds nothing"
run_ok thin_check --rebuild-space-maps held.img
"$peer09/thin_check" held.img >out 2>&1 || fail "$(cat out)"
