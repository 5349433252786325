#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An empty pool goes from the kernel through XML and back, and is filled then.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

kernel_makes fresh 2M 512M
is_sound meta.img
dump_and_restore
meta=restored.img
guest basic >truth || fail "the kernel does not take it"
is_sound restored.img
[ "$(wc -l <truth)" = 10 ] || fail "not all devices are there"
