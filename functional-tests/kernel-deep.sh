#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A deep tree goes from the kernel through XML and back, its shared leaves shared.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

kernel_makes deep 8M 8G
is_sound meta.img
free=$(thin_check meta.img | sed -n 's/METADATA_FREE_BLOCKS=//p')
dump_and_restore
restored_free=$(thin_check restored.img | sed -n 's/METADATA_FREE_BLOCKS=//p')
[ "$restored_free" -ge "$free" ] || fail "$restored_free blocks are free, were $free"
kernel_takes restored.img -e THIN_BLOCKS=131072
