#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# lvm2 refuses a pool whose metadata is damaged, and repairs it with our tools.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

guest_with_lvm2 lvm-repair
