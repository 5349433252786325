#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What is extracted is what the kernel reads: file systems, snapshots, all kinds of mappings.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_guest
need mkfs.ext4
# shellcheck disable=SC2034 # for guest
meta=meta.img data=none
blank meta.img 4M
blank data.img 256M
blank third.img 64M
guest --ro "$bin" -d data.img -d third.img extract "$bin" >report 2>words ||
	fail "the guest extract failed: $(cat report words)"

sha() { # ID - as the kernel has read it
	awk -v name="kernel-$1" '$1 == name { print $2 }' report
}
is_volume() { # ID FILE
	[ "$(sha256sum <"$2" | cut -d ' ' -f 1)" = "$(sha "$1")" ] ||
		fail "$2 is not what the kernel reads from $1"
}
for id in 0 5; do
	[ "$(sha $id | wc -c)" = 65 ] || fail "no checksum of $id: $(cat report)"
	grep -q "^live-$id $(sha $id)$" report || fail "live, $id is something else: $(cat report)"
done
grep -q "^device-5 $(sha 5)$" report || fail "on the disk is something else: $(cat report)"

# Without a kernel, from metadata, damaged metadata and XML.
thin_dump -o pool.xml meta.img || fail "no XML"
cp meta.img damaged.img
spoil_block damaged.img 0
for id in 0 5; do
	for metadata in meta.img pool.xml; do
		run_ok thin_extract --metadata-dev $metadata --data-dev data.img --dev-id $id \
			--size 64m -o $id.img
		is_silent
		is_volume $id $id.img
		[ "$(du -k $id.img | cut -f 1)" -lt 40000 ] || fail "there are no holes"
		run_ok e2fsck -fn $id.img
		rm $id.img
	done
	run thin_extract --repair --data-block-size 128 --metadata-dev damaged.img \
		--data-dev data.img --dev-id $id --size 64m -o $id.img
	is_volume $id $id.img
done

# Each volume of a pool with many kinds of mappings.
rm -f meta.img data.img
kernel_makes basic 2M 512M
while read -r id digest mapped; do
	run_ok thin_extract --metadata-dev meta.img --data-dev data.img --dev-id "$id" \
		--size 64m -o basic.img
	is_silent
	run_ok "$BLOCKIO" sum 65536 basic.img
	stdout_is "basic.img $digest $mapped"
	rm basic.img
done <truth
