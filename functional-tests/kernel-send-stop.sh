#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# However a sender ends, the metadata snapshot is released; what changed meanwhile is not sent.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_guest
# shellcheck disable=SC2034 # for guest
meta=meta.img data=data.img
guest_disks 4M 1G
guest -t 150 --ro "$bin" -e "BIN=$bin" send-stop || fail "the guest send-stop failed"
