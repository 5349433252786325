#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A kernel takes a shrunk pool on a smaller device: patterns and file systems are as they were.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_guest
command -v mkfs.ext4 >/dev/null || skip "no mkfs.ext4"
meta=meta.img data=data.img
guest_disks 4M 256M
guest spread >all || fail "the guest spread failed"
head -n 3 all >truth
[ "$(grep -cE '^(1|2|3) [0-9a-f]{16} ' truth)" = 3 ] || fail "no truth: $(cat all)"
used=$(md get meta.img 0 72 8)
# Some room is left to work with.
nr=$((used + 400))
run_ok thin_shrink --binary --dry-run -i meta.img --nr-blocks $nr
moved=$(sed -n 's/^data blocks to move: \([0-9]*\) .*/\1/p' out)
[ "$moved" -ge 300 ] || complain "there is little to move"

# A data block that cannot be read ends it; the old pool is as good as before.
bad=$(thin_dump --expand meta.img | sed -n 's/.* data_begin="\([0-9]*\)".*/\1/p' |
	awk -v nr=$nr '$1 >= nr && $1 > most { most = $1 } END { print most }')
cp meta.img was.img
blank new.img 4M
blank empty.img 4M
devices="-i /dev/ubdb -o /dev/ubdc --data \$DEVICE"
meta=data.img data=none
guest_commands "-d was.img -d new.img read-errors error $((bad * 128 + 8)) 8" \
	"$bin/thin_shrink --binary $devices --nr-blocks $nr" \
	"$bin/thin_shrink --binary $devices --nr-blocks $nr --no-copy &&
		$bin/thin_check -q /dev/ubdc &&
		dd if=/dev/zero of=/dev/ubdc bs=4096 count=1024 conv=fsync status=none" \
	"$bin/thin_shrink --binary -i /dev/ubdb -o \$DEVICE --data \$DEVICE \
		--nr-blocks $nr"
result_has 1 "data block $bad cannot be read: Input/output error" "status 1"
result_has 2 "status 0"
result_has 3 "is the data as well" "status 1"
same empty.img new.img
same meta.img was.img

# Writes that fail: the same.
meta=data.img data=none
guest_commands "-d was.img -d new.img read-errors error_writes 128 $((nr * 64))" \
	"$bin/thin_shrink --binary $devices --nr-blocks $nr"
result_has 1 "cannot be written: Input/output error" "status 1"
same empty.img new.img
meta=meta.img data=data.img
guest spread look >got || fail "the old pool is not as it was: $(cat got)"
same all got

# On devices, in a guest.
meta=data.img data=none
guest_commands "-d was.img -d new.img read-errors error 524280 8" \
	"$bin/thin_shrink --binary $devices --nr-blocks $nr --verify"
result_has 1 "status 0"
meta=meta.img data=data.img
guest spread look >got || fail "the old pool is not as it was: $(cat got)"
same all got

# The data device is cut, and the new metadata takes the place of the old.
truncate -s $((nr * 65536)) data.img
is_sound new.img
run_ok thin_ls --no-headers -o DEV,MAPPED_BLOCKS,EXCLUSIVE_BLOCKS meta.img
cp out wanted
run_ok thin_ls --no-headers -o DEV,MAPPED_BLOCKS,EXCLUSIVE_BLOCKS new.img
stdout_is_file wanted
meta=new.img
guest spread look >got || fail "$(cat got)"
same all got
kernel_takes new.img
