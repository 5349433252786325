#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What is received of a volume in use is the snapshot that was sent, to the byte.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_guest
# shellcheck disable=SC2034 # for guest
meta=meta.img data=data.img
guest_disks 4M 1G
guest --ro "$bin" -e "BIN=$bin" send || fail "the guest send failed"
