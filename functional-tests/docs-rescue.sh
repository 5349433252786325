#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every command for copies in docs/rescue.md does what the page says.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

page=$srcdir/../docs/rescue.md

# Runs the commands of a section that begin with "$"; those for root are tried
# by kernel-undelete.sh.  Damage is all that a command may complain of.
section() { # HEADING
	sed -n "/^## $1\$/,/^## /s/^	\\$ //p" "$page" >commands
	[ -s commands ] || fail "the page has no commands for: $1"
	while read -r command <&3; do
		run sh -c "$command"
		case $command in
		"thin_check --explain pool.img") [ "$status" = 1 ] || complain "found no damage" ;;
		*) [ "$status" = 0 ] || complain "the page wants status 0" ;;
		esac
		stderr_lacks "try thin_"
		tried=$((tried + 1))
	done 3<commands
}
# A backup as of lvm2, with the volumes of metadata.
backup() { # TRANSACTION FILE
	echo 'vg { extent_size = 8192 logical_volumes { pool { segment1 {'
	echo 'type = "thin-pool" extent_count = 256'
	echo "transaction_id = $1 chunk_size = 128 } }"
	thin_ls --no-headers -o DEV "$2" | while read -r id; do
		echo "v$id { segment1 { type = \"thin\" thin_pool = \"pool\" device_id = $id } }"
	done
	echo '} }'
}
tried=0

fixture snapshots pool.img
md set pool.img 0 48 8 4
backup 4 pool.img >backup.vg
leaf=$(md path pool.img 0 390 | tail -n 1)
spoil_block pool.img "$leaf"
for heading in "What is wrong?" Repair; do
	unchanged pool.img section "$heading"
done
is_sound new.img
json <lost.json | grep -q '^devices.0.name v0$' || fail "no names in the report"
unchanged pool.img section "One volume is all I need"
grep -q '^device: 1$' out || complain "wanted device 1"

# A device is gone since.
fixture snapshots pool.img
md set pool.img 0 48 8 4
thin_repair -q --roots 3 -i pool.img -o new.img
backup 3 new.img >removed.vg
wanted=$(thin_ls --no-headers -o DEV new.img)
rm new.img
unchanged pool.img section "A volume was removed by mistake"
is_sound new.img
[ "$(thin_ls --no-headers -o DEV new.img)" = "$wanted" ] || fail "other devices came back"

backup 4 pool.img >backup.vg
thin_dump pool.img >before.xml
dd if=/dev/zero of=pool.img bs=4096 count=1 conv=notrunc status=none
rm new.img
unchanged pool.img section "The superblock is lost"
run_ok thin_dump new.img
stdout_is_file before.xml

# None is left out.
[ "$tried" = "$(grep -c '^	\$ ' "$page")" ] || fail "$tried commands were tried"
