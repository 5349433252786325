#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A volume of lvm2 is sent by the names that lvm2 gives it and its pool.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

guest_with_lvm2 lvm-send
