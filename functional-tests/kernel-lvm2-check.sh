#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Our thin_check lets lvm2 activate what it should, whatever it is told, also after lvm2 was killed.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

guest_with_lvm2 lvm-check
