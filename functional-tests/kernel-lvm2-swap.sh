#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A pool of lvm2 without a superblock, or without metadata, comes back by options or by hand.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

guest_with_lvm2 lvm-swap
