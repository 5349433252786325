#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A pool with a metadata snapshot goes from the kernel through XML and back, without it.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

kernel_makes held 4M 1G
is_sound meta.img
run_ok thin_check -m meta.img
stderr_is_empty
dump_and_restore
[ "$(md get restored.img 0 56 8)" = 0 ] || fail "there is a metadata snapshot"
kernel_takes restored.img

# The snapshot can be restored as well, with its own devices.
run_ok thin_dump -m -o held.xml meta.img
restored held.xml held.img meta.img
is_sound held.img
[ "$(sed -n 's/.*<device dev_id="\([0-9]*\)".*/\1/p' held.xml | tr '\n' ' ')" = "0 1 2 3 " ] ||
	fail "not the devices of the snapshot"
