#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Leaked blocks fail a check, may be ignored, and are given back when asked for.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

leaks() { # FILE WHICH NUMBER
	md leak "$1" "$2" "$3" >leaked
	case $2 in
	meta) what="metadata block has count 1, wanted 0" ;;
	data) what="data block has count 1, wanted 0" ;;
	esac
}
judge_and_repair() { # FILE: has leaks of the kind $what
	thin_dump "$1" | sed '1s/flags="1"/flags="0"/' >before.xml
	unchanged "$1" run_fails thin_check "$1"
	stderr_has "leak: "
	stderr_has "$what"
	stderr_has "no data is in danger"
	stderr_lacks "fatal: "
	stderr_lacks "repair: "
	unchanged "$1" run_ok thin_check --ignore-non-fatal-errors "$1"
	unchanged "$1" run_ok thin_check --skip-mappings "$1"
	for repair in --auto-repair --clear-needs-check-flag; do
		cp "$1" repaired.img
		run_ok thin_check $repair repaired.img
		stderr_has "leaks are repaired"
		is_sound repaired.img
		unchanged repaired.img run_ok thin_check $repair repaired.img
		stderr_is_empty
		run_ok thin_dump repaired.img
		stdout_is_file before.xml
	done
	cp "$1" repaired.img
	run_ok thin_check -q --auto-repair repaired.img
	is_silent
}
free_blocks() { # FILE
	thin_check "$1" 2>err | sed -n 's/METADATA_FREE_BLOCKS=//p'
}

for name in basic snapshots held grown; do
	for kind in data meta; do
		fixture $name
		free=$(free_blocks $name.img)
		leaks $name.img $kind 3
		judge_and_repair $name.img
		[ "$(free_blocks repaired.img)" -ge $((free - 1)) ] ||
			fail "$name: $(free_blocks repaired.img) blocks are free, wanted $free"
	done
done
# Both, many, and with needs_check set: that is cleared as well.
fixture needs-check
md leak needs-check.img meta 40 >/dev/null
leaks needs-check.img data 200
judge_and_repair needs-check.img
[ "$(md get repaired.img 0 4 4)" = 0 ] || fail "the flag is still set"
# What a killed kernel left.
fixture killed
what="data block has count 1, wanted 0"
judge_and_repair killed.img

# A count of two where one is right is a leak as well, and of one where none is.
fixture basic
[ "$(md count basic.img data 0)" = 1 ] || fail "not the block this test wants"
md count basic.img data 0 2
what="data block has count 2, wanted 1"
judge_and_repair basic.img

# Totals that are stale harm nobody either.
fixture basic
md set basic.img 0 $((64 + 8)) 8 77
what="superblock says 77 data blocks allocated"
judge_and_repair basic.img
fixture basic
md set basic.img 0 $((192 + 8)) 8 77
what="superblock says 77 metadata blocks allocated"
judge_and_repair basic.img

# Unused blocks are enough, even if all of them have leaked; in the end there is
# no room for the new space map: it says so and writes nothing.
fixture basic
md leak basic.img meta "$(free_blocks basic.img)" >/dev/null
what="metadata block has count 1, wanted 0"
judge_and_repair basic.img
make_xml 2 500 >tight.xml
least=3
for attempt in 1 2 3 4 5; do
	blank tight.img $((least * 4096))
	run thin_restore -i tight.xml -o tight.img
	[ "$status" != 0 ] || break
	least=$(sed -n 's/.*wanted [a-z ]*\([0-9]*\) .*/\1/p' err)
done
[ "$status" = 0 ] || complain "attempt $attempt fails with as many blocks as were asked for"
md leak tight.img data 1 >/dev/null
unchanged tight.img run_fails thin_check --auto-repair tight.img
stderr_has "no free metadata"
unchanged tight.img run_ok thin_check --ignore-non-fatal-errors tight.img

# Leaks beside damage are left alone.
fixture basic
md leak basic.img data 1 >/dev/null
spoil_block basic.img "$(md path basic.img 1 0 | tail -n 1)"
unchanged basic.img run_fails thin_check --auto-repair basic.img
unchanged basic.img run_fails thin_check --ignore-non-fatal-errors basic.img
