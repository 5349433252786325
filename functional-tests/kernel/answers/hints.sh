#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the targets say of themselves: versions, parameters, and what the queues of their devices
# tell file systems, with disks that have wishes of their own.
# shellcheck source=functional-tests/kernel/answers/lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

dmsetup targets | grep -E '^thin(-pool)? ' | sort
for name in no_space_timeout snapshot_copy_throttle; do
	for f in /sys/module/dm_{multisnap,thin_pool}/parameters/$name; do
		[ ! -e "$f" ] || echo "$name $(<"$f") $(stat -c %a "$f")"
	done
done

queue() { # NAME
	local dir words f

	dir=/sys/block/dm-$(dmsetup info -c --noheadings -o minor "$1")
	for f in "$dir"/queue/* "$dir"/{alignment_offset,discard_alignment,ro}; do
		case $f in
		*/nr_requests | */io_timeout | */iostats) continue ;;
		esac
		[ -f "$f" ] || continue
		words=''
		read -r words 2>/dev/null <"$f"
		echo "$1 ${f##*/} $words"
	done
}

look() { # BLOCK FEATURES
	say "blocks of $1 sectors, $2"
	dd if=/dev/zero of="$meta" bs=4k count=1 oflag=direct status=none
	pool 16384 "$1" 0 "$2"
	message create_thin 0
	thin t0 0 8192
	queue pool
	queue t0
	dmsetup remove t0
	dmsetup remove pool
}

look 128 0
modprobe sd_mod 2>/dev/null
for words in "opt_blks=384 unmap_max_blocks=64" "opt_blks=100 physblk_exp=9" \
	"sector_size=4096"; do
	# shellcheck disable=SC2086 # some words
	modprobe scsi_debug lbpu=1 lbpws=1 dev_size_mb=16 delay=0 lbprz=1 $words \
		2>/dev/null || break
	for _ in $(seq 1000); do
		[ -b /dev/sda ] && break
		sleep 0.1
	done
	say "$words"
	data=/dev/sda
	look 128 0
	look 384 "1 ignore_discard"
	echo 100 >/sys/block/sda/queue/max_sectors_kb
	look 256 "1 no_discard_passdown"
	rmmod scsi_debug
done
