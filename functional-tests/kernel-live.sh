#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The metadata snapshot of a pool in use is checked and dumped, the rest is refused with a hint.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_guest
# shellcheck disable=SC2034 # for guest
meta=meta.img data=data.img
guest_disks 4M 1G
fixture fresh
thin_dump -o fresh.xml fresh.img

hint='"dmsetup message POOL 0 reserve_metadata_snap"'
# shellcheck disable=SC2016 # for the guest's shell
guest_commands live \
	"$bin/thin_check -m \$DEVICE" \
	"$bin/thin_dump -m \$DEVICE | tee /tmp/first" \
	"sleep 1; $bin/thin_dump --metadata-snap=\$HELD \$DEVICE | cmp - /tmp/first &&
		$bin/thin_dump --expand -m \$DEVICE >/tmp/second &&
		$bin/thin_dump \$DEVICE --metadata-snap \$HELD | cmp - /tmp/second" \
	"$bin/thin_dump -m --dev-id 2 \$DEVICE" \
	"$bin/thin_check \$DEVICE" \
	"$bin/thin_dump \$DEVICE" \
	"$bin/thin_check --auto-repair \$DEVICE" \
	"$bin/thin_check -q --clear-needs-check-flag \$DEVICE" \
	"$bin/thin_restore -i fresh.xml -o \$DEVICE" \
	"$bin/thin_check -q -m \$DEVICE" \
	"cp fresh.img /tmp/image; modprobe loop; losetup /dev/loop0 /tmp/image &&
		$bin/thin_check /tmp/image"
result_has 1 TRANSACTION_ID=0 "status 0"
result_has 2 '<superblock ' 'nr_data_blocks="16384"' 'dev_id="2" mapped_blocks="300"' \
	'</superblock>' "status 0"
result_has 3 "status 0"
result_has 4 'dev_id="2" mapped_blocks="300"' "status 0"
for n in 5 6 7 9; do
	result_has $n "Device or resource busy" "status 1"
	grep -qF '<superblock' result.$n && fail "it was dumped"
done
for n in 5 6; do
	result_has $n "$hint" release_metadata_snap
done
result_has 8 "status 1"
result_has 10 "status 0"
# A file that is somebody's disk is not protected, so it warns.
result_has 11 "warning: /dev/loop0 uses this file" "status 0"

# A restored snapshot has the devices as they were.
sed '/^status/d' result.2 >held.xml
restored held.xml held.img 4M
is_sound held.img
# The pool has come to no harm.
run thin_check --ignore-non-fatal-errors meta.img
[ "$status" = 0 ] || complain "wanted status 0"
