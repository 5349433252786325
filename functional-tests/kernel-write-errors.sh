#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# When a device fails to write, what is on it is never half valid.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_guest
# shellcheck disable=SC2034 # for guest
meta=md.img data=none
fixture snapshots
thin_dump -o new.xml snapshots.img
restore="$bin/thin_restore -i new.xml -o \$DEVICE"

# All is well on a block device, when only its last block fails.
make_thin_md md.img 3 300
guest_commands "read-errors error 8184 8" "$restore"
result_has 1 "status 0"
is_sound md.img
run_ok thin_dump md.img
stdout_is_file new.xml

# No write arrives but that of the superblock.
make_thin_md md.img 3 300
guest_commands "read-errors error 8 8184" "$restore"
result_has 1 thin_restore: "Input/output error" "status 1"
run_fails thin_check md.img
stderr_has "block 0 (superblock)"
run_fails thin_dump md.img
stdout_is_empty

# That of the superblock does not: nothing has changed.
make_thin_md md.img 3 300
cp md.img was.img
guest_commands "read-errors error_writes 0 8" "$restore"
result_has 1 thin_restore: "Input/output error" "status 1"
same was.img md.img

# Repairs: as before.
fixture killed
for range in "8 8184" "0 8"; do
	cp killed.img md.img
	guest_commands "read-errors error_writes $range" \
		"$bin/thin_check --auto-repair \$DEVICE" \
		"$bin/thin_check --clear-needs-check-flag \$DEVICE"
	for n in 1 2; do
		result_has $n "cannot write" "Input/output error" "status 1"
		grep -qF "are repaired" result.$n && fail "it says that it has repaired"
	done
	run_fails thin_check md.img
	stderr_has "data blocks 4500..4501"
	run_ok thin_check --ignore-non-fatal-errors md.img
	run_ok thin_check --auto-repair md.img
	is_sound md.img
done
