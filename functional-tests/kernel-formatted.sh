#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A pool that a kernel formatted because its superblock was zeroes: thin_repair says what was
# there before, and the command that it names brings everything back.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

kernel_makes basic 2M 512M
dd if=/dev/zero of=meta.img bs=4096 count=1 conv=notrunc status=none
guest fresh || fail "the kernel does not format it"
is_sound meta.img

blank out.img 16M
unchanged meta.img run_ok thin_repair -i meta.img -o out.img
stderr_has "nothing is mapped, but older device trees have 10 devices"
stderr_has "thin_repair --list-roots -i meta.img"
number=$(sed -n 's/.*"thin_repair --roots \([0-9]*\) -i meta\.img.*/\1/p' err)
[ -n "$number" ] || complain "no command"
run_ok thin_dump --repair meta.img
stderr_has "older device trees have 10 devices"
unchanged meta.img run thin_repair --strict --dry-run -i meta.img
[ "$status" = 1 ] || complain "wanted status 1"

# The transaction that lvm2 knows does as well.
run_ok thin_repair --transaction 5 -i meta.img -o out.img
thin_dump out.img >by_transaction
run_ok thin_repair --roots "$number" -i meta.img -o out.img
stderr_has "older transaction"
thin_dump out.img >by_number
sed -i '/<superblock/d' by_transaction by_number
same by_transaction by_number
is_sound out.img
kernel_takes out.img

# An empty pool on a new device has nothing to tell.
fixture fresh
unchanged fresh.img run_ok thin_repair -i fresh.img -o out.img
stderr_is_empty
