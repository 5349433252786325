#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A pool that failed is checked, cleared or restored, and the kernel writes to it again.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

kernel_makes needs-check 2M 512M
unchanged meta.img run_ok thin_check meta.img
stderr_has "needs_check is set"
dump_and_restore
# Working with it changes the data.
cp --sparse=always data.img data2.img
kernel_takes restored.img
data=data2.img
cp meta.img cleared.img
run_ok thin_check --clear-needs-check-flag cleared.img
is_sound cleared.img
kernel_takes cleared.img
