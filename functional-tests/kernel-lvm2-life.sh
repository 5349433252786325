#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# lvm2 activates, deactivates and extends pools that our tools check, and look at in use.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

guest_with_lvm2 lvm-life
