#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Metadata of many snapshots goes from the kernel through XML and back.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

kernel_makes snapshots 4M 1G
is_sound meta.img
dump_and_restore
kernel_takes restored.img
