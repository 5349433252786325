# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What the guest scripts share: they run as root in a guest, on the metadata
# disk $DISK0 and the data disk $DISK1, which were empty unless said otherwise.
#
# Each leaves its pool's metadata on the disk and prints the truth: a line
# "ID DIGEST MAPPED" for each thin device, MAPPED being the number of mapped
# blocks.  Thin device N is thin-N, its size THIN_BLOCKS blocks.
# Environment: BLOCKIO, the program made from blockio.c.

set -eu
: "${META:=$DISK0}" "${DATA:=${DISK1:-}}"
: "${BLOCK_SECTORS:=128}" "${THIN_BLOCKS:=1024}"
block_size=$((BLOCK_SECTORS * 512))

fail() {
	echo "${0##*/}: $*" >&2
	exit 1
}

sectors() { # DEVICE
	blockdev --getsz "$1"
}

# Formats the metadata device if it is empty.
pool_table() { # [FEATURE]...
	echo "0 $(sectors "$DATA") thin-pool $META $DATA $BLOCK_SECTORS 0 $# $*"
}
pool_start() { # [FEATURE]...
	[ -c /dev/mapper/control ] || modprobe dm-thin-pool
	dmsetup create pool --table "$(pool_table "$@")"
}
pool_stop() {
	dmsetup remove pool
}
pool_status() {
	dmsetup status pool
}
message() { # MESSAGE...
	"$BLOCKIO" message pool "$@"
}

create() { # ID...
	for id; do
		set -- "$@" "create_thin $id"
		shift
	done
	message "$@"
}
activate() { # ID...
	concise=
	for id; do
		table="0 $((THIN_BLOCKS * BLOCK_SECTORS)) thin /dev/mapper/pool $id"
		concise="$concise${concise:+;}thin-$id,,,rw,$table"
	done
	dmsetup create --concise "$concise"
}
deactivate() { # ID...
	for id; do
		set -- "$@" "thin-$id"
		shift
	done
	dmsetup remove "$@"
}
write() { # ID GENERATION RANGE...
	write_to=$1
	shift
	"$BLOCKIO" write "/dev/mapper/thin-$write_to" "$block_size" "$write_to" "$@"
}
discard() { # ID RANGE...
	discard_from=$1
	shift
	"$BLOCKIO" discard "/dev/mapper/thin-$discard_from" "$block_size" "$@"
}

# Prints the truth about thin devices that are active.
sums() { # ID...
	for id; do
		set -- "$@" "/dev/mapper/thin-$id"
		shift
	done
	"$BLOCKIO" sum "$block_size" "$@" >/tmp/sums
	dmsetup status --target thin | awk -v per="$BLOCK_SECTORS" '
		NR == FNR { sub(":", "", $1); mapped[$1] = $5 / per; next }
		{ sub(".*/", "", $1); id = $1; sub("thin-", "", id)
		  print id, $2, mapped[$1] }' - /tmp/sums
}

# Prints the truth as the metadata on the disk has it, without changing it.
truth() { # ID...
	pool_start read_only
	activate "$@"
	sums "$@"
	deactivate "$@"
	pool_stop
}
