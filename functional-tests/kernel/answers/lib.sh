# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the tests of answers share.  They run as root in a guest, once with the
# kernel's own dm-thin-pool and once with ours ($IMPL, mainline or ours, $MODULE),
# and print what they were told; both must say the same.  $DISK0 is an empty disk for
# metadata, $DISK1 one for data.

set -u
meta=$DISK0
data=$DISK1
data_sectors=$(blockdev --getsz "$data")

# shellcheck source=functional-tests/kernel/guest/load
. "$(dirname "$0")/../guest/load"
load_targets || exit 9

# A line with the status and the words of a command.  No process but the command's: they
# are what takes the time.
try() { # COMMAND...
	local words status word said=''

	words=$("$@" 2>&1)
	status=$?
	while IFS= read -r word; do
		[[ -z $word || $word == *"Command failed"* ]] || said+="$word|"
	done <<<"$words"
	echo "$status: $*: $said"
}

say() { # WORD...
	echo "== $*"
}

# SECTORS: of the pool, then what follows the devices in its table.
pool_table() { # SECTORS WORD...
	local sectors=$1

	shift
	echo "0 $sectors thin-pool $meta $data $*"
}

# How long writes wait for space; 0: for ever.
no_space_timeout() { # SECONDS
	echo "$1" | tee /sys/module/dm_{multisnap,thin_pool}/parameters/no_space_timeout \
		2>/dev/null
}

pool() { # SECTORS WORD...
	try dmsetup create pool --table "$(pool_table "$@")"
}

reload() { # SECTORS WORD...
	try dmsetup suspend pool
	try dmsetup reload pool --table "$(pool_table "$@")"
	try dmsetup resume pool
}

thin() { # NAME ID SECTORS [ORIGIN]
	try dmsetup create "$1" --table "0 $3 thin /dev/mapper/pool $2${4:+ $4}"
}

message() { # WORD...
	try dmsetup message pool 0 "$@"
}

snap() { # NAME-OF-ORIGIN NEW-ID ORIGIN-ID
	dmsetup suspend "$1"
	message create_snap "$2" "$3"
	dmsetup resume "$1"
}

show() { # NAME...
	local name

	for name; do
		dmsetup status "$name"
		dmsetup table "$name"
	done
}

# The same bytes in each run.
pattern() { # SEED KIB
	openssl enc -aes-128-ctr -K "$(printf '%032x' "$1")" -iv 0 -nosalt \
		-in /dev/zero 2>/dev/null | head -c $(($2 * 1024))
}

put() { # NAME SEED KIB-OFFSET KIB [BLOCK-KIB]
	pattern "$2" "$4" | dd of="/dev/mapper/$1" bs="${5:-4}k" seek=$(($3 / ${5:-4})) \
		iflag=fullblock oflag=direct conv=notrunc status=none 2>&1 | sed 's/.*: //'
}

sum() { # NAME
	echo "$1 $(dd if="/dev/mapper/$1" bs=64k iflag=direct status=none 2>&1 | md5sum)"
}
