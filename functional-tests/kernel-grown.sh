#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Metadata of a pool that grew goes from the kernel through XML and back.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

kernel_makes grown 16M 2G
is_sound meta.img
dump_and_restore
kernel_takes restored.img
