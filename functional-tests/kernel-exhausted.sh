#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A pool that ran out of metadata fits into the same space again, and works.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

kernel_makes exhausted 2M 4G
unchanged meta.img run_ok thin_check meta.img
stderr_has "needs_check is set"
dump_and_restore
kernel_takes restored.img -e THIN_BLOCKS=16384
