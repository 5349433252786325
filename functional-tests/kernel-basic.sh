#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Metadata of many devices goes from the kernel through XML and back.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

kernel_makes basic 2M 512M
is_sound meta.img
dump_and_restore
kernel_takes restored.img
