# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2086,SC2231 # variables of fio, which includes this
#
# What goes on around fio, each in a process of its own.  One suspends at a time, and lets
# bios wait for space only if there is enough: a pool that can only grow when a volume is
# suspended, which waits for space, would prove nothing.

# Runs until it is told to stop; counts the turns.
again() { # NAME COMMAND...
	local name=$1 turns=0

	shift
	RANDOM=$((seed + $(cksum <<<"$name" | cut -c 1-5)))
	while [ ! -e $work/stop ]; do
		"$@" || {
			fail "$name, turn $turns"
			break
		}
		turns=$((turns + 1))
	done
	echo "$name $turns" >"$work/count.$name"
}

message() { # WORD...
	dmsetup message pool 0 "$*"
}

sum() { # NAME
	dd if="/dev/mapper/$1" bs=256k iflag=direct status=none | md5sum
}

free_blocks() {
	dmsetup status --noflush pool | awk '{ split($6, n, "/"); print n[2] - n[1] }'
}

stop() { # NAME
	local flush=--noflush

	[ "$(free_blocks)" -lt 1024 ] || [ $((RANDOM % 3)) = 0 ] || flush=''
	dmsetup suspend $flush "$1"
}

# NAME's table is SECTORS long then.
resize() { # NAME ID SECTORS
	stop "$1" &&
		dmsetup load "$1" --table "0 $3 thin /dev/mapper/pool $2" &&
		dmsetup resume "$1"
}

# No new device while the pool is suspended.
alone() { # COMMAND...
	(flock 9 && "$@") 9>$work/alone
}

# Data and metadata: a step when there is little space, else now and then.
enlarge() {
	dmsetup suspend pool && dmsetup suspend data && dmsetup suspend meta &&
		dmsetup load data --table "0 $data_now linear $data_disk 0" &&
		dmsetup load meta --table "0 $meta_now linear $DISK0 0" &&
		dmsetup resume data && dmsetup resume meta &&
		dmsetup load pool --table "$(pool_table $data_now)" && dmsetup resume pool
}
grow() {
	local free

	free=$(free_blocks)
	if [ "$free" -lt 2048 ] || [ $((RANDOM % 10)) = 0 ]; then
		data_now=$((data_now + 131072 < data_max ? data_now + 131072 : data_max))
		meta_now=$((meta_now + 256 < meta_max ? meta_now + 256 : meta_max))
		alone enlarge || return 1
	fi
	sleep 0.3
}

snap() { # NAME ID NAME-OF-ORIGIN ID-OF-ORIGIN
	stop "$3" && message create_snap "$2" "$4" && dmsetup resume "$3" && volume "$1" "$2"
}

# Snapshots of what fio writes to, and of each other.  They keep their contents.
next_snapshot=1000
snapshots=()
take_snapshot() {
	local v=$((RANDOM % volumes)) from=v of

	of=$v
	if [ ${#snapshots[@]} != 0 ] && [ $((RANDOM % 3)) = 0 ]; then
		from=s
		of=${snapshots[RANDOM % ${#snapshots[@]}]}
	fi
	next_snapshot=$((next_snapshot + 1))
	alone snap s$next_snapshot $next_snapshot "$from$of" "$of" || return 1
	sum s$next_snapshot >$work/sum.$next_snapshot
	snapshots+=("$next_snapshot")
	[ $from = v ] || cmp $work/sum.$next_snapshot "$work/sum.$of"
}
drop_snapshot() {
	local at=$((RANDOM % ${#snapshots[@]})) id

	id=${snapshots[at]}
	sum "s$id" | cmp - "$work/sum.$id" || return 1
	dmsetup remove "s$id" && message delete "$id" || return 1
	rm "$work/sum.$id"
	unset "snapshots[at]"
	snapshots=("${snapshots[@]}")
}
snapshot() {
	take_snapshot || return 1
	[ ${#snapshots[@]} -lt 6 ] || drop_snapshot
}

# A snapshot that is written to, verified, and discarded from.
next_branch=2000000
branch() {
	local v=$((RANDOM % volumes)) at=$((RANDOM % 64))

	next_branch=$((next_branch + 1))
	alone snap branch $next_branch v$v $v || return 1
	fio --name=branch --filename=/dev/mapper/branch --direct=1 --ioengine=libaio --thread \
		--rw=randwrite --bsrange=4k-64k --iodepth=8 --size=$((sectors * 512)) \
		--io_size=4M --verify=crc32c --verify_fatal=1 --verify_state_save=0 \
		--randseed=$RANDOM --eta=never --output=$work/branch.out 2>&1 ||
		{ cat $work/branch.out; return 1; }
	blkdiscard -o $((at * 65536)) -l 4M /dev/mapper/branch &&
		dd if=/dev/mapper/branch bs=64k skip=$at count=64 iflag=direct status=none |
		cmp -n 4194304 - /dev/zero &&
		dmsetup remove branch && message delete $next_branch
}

# Writes, discards and another size, at random.
scratch() {
	case $((RANDOM % 8)) in
	0) alone resize scratch 100 $((16384 + RANDOM % 512 * 128)) ;;
	[1-3]) blkdiscard -o $((RANDOM % 96 * 65536)) -l $(((1 + RANDOM % 32) * 65536)) \
		/dev/mapper/scratch ;;
	*) dd if=/dev/urandom of=/dev/mapper/scratch bs=32k count=$((1 + RANDOM % 8)) \
		seek=$((RANDOM % 240)) oflag=direct conv=notrunc status=none ;;
	esac
}

# Volumes that come and go.
next_volume=3000000
come_and_go() {
	next_volume=$((next_volume + 1))
	message create_thin $next_volume && alone volume new $next_volume &&
		dd if=/dev/urandom of=/dev/mapper/new bs=64k count=$((RANDOM % 16)) \
			seek=$((RANDOM % 500)) oflag=direct conv=notrunc status=none &&
		dmsetup remove new && message delete $next_volume
}

# Devices stop and go on below fio; volumes change their size, pools their metadata snapshot.
pause() { # NAME
	dmsetup suspend --noflush "$1" && dmsetup resume "$1"
}
disturb() {
	local v=$((RANDOM % volumes))

	case $((RANDOM % 5)) in
	0) alone pause pool ;;
	1) alone pause v$v ;;
	2) message reserve_metadata_snap && message release_metadata_snap ;;
	*) alone resize v$v $v $((sectors + RANDOM % 512 * 128)) ;;
	esac || return 1
	dmsetup status >/dev/null
	sleep 0.2
}

around=()
start_around() {
	local actor

	for actor in grow snapshot branch scratch come_and_go disturb; do
		again $actor $actor &
		around+=($!)
	done
}
stop_around() {
	: >$work/stop
	wait "${around[@]}"
	sync
}

# Of all that are left.
judge_snapshots() {
	local f id

	for f in $work/sum.*; do
		id=${f##*.}
		sum "s$id" | cmp - "$f" || fail "snapshot $id is not what it was"
	done
}

used_blocks() {
	dmsetup status pool | awk '{ sub("/.*", "", $6); print $6 }'
}

# Everything goes, in any order: devices, pool; then, in a new life, volumes.
take_down() {
	local id

	dmsetup ls | awk '$1 != "pool" && $1 != "data" && $1 != "meta" { print $1 }' |
		shuf --random-source=<(yes "$seed") | xargs -r -n 1 dmsetup remove ||
		fail "devices do not go"
	dmsetup remove pool || fail "the pool does not go"
	"$THIN_CHECK" /dev/mapper/meta >$work/check || { cat $work/check; fail "thin_check"; }
	"$THIN_LS" --no-headers -o DEV /dev/mapper/meta >$work/volumes || fail "thin_ls"
	dmsetup create pool --table "$(pool_table "$(blockdev --getsz /dev/mapper/data)")" ||
		fail "the pool does not come back"
	for f in $work/sum.*; do
		volume "s${f##*.}" "${f##*.}" || fail "snapshot ${f##*.} does not come back"
	done
	judge_snapshots
	dmsetup ls | awk '$1 ~ /^s[0-9]/ { print $1 }' | xargs -r -n 1 dmsetup remove
	for id in $(shuf --random-source=<(yes "$seed") $work/volumes); do
		message delete "$id" || fail "volume $id is not deleted"
	done
	[ "$(used_blocks)" = 0 ] || fail "$(used_blocks) blocks are used by nobody"
	dmsetup remove pool
	"$THIN_CHECK" /dev/mapper/meta >$work/check || { cat $work/check; fail "thin_check"; }
	dmsetup remove data meta || fail "devices below the pool are held"
}
