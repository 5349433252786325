#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A shrunk pool has all volumes as they were, on a smaller data device; XML and metadata agree.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"
# shellcheck source=functional-tests/tools/shrink.sh
. "$srcdir/tools/shrink.sh"

make_pool
volumes pool.img data.img >truth
[ "$(wc -l <truth)" = 3 ] || fail "no truth: $(cat truth)"

# Shrinks data.img, or a copy of it as another size or way is tried.
shrinks() { # NR-BLOCKS [OPTION]...
	nr=$1
	shift
	cp data.img moved.img
	blank new.img 1M
	unchanged pool.img run_ok thin_shrink --binary -i pool.img -o new.img --data moved.img \
		--nr-blocks "$nr" "$@"
	is_silent
	is_sound new.img
	[ "$(md get new.img 0 64 8)" = "$nr" ] || fail "wanted $nr data blocks"
	# Until it is used nothing has happened to the old pool.
	volumes pool.img moved.img >got
	same truth got
	truncate -s $((nr * 65536)) moved.img
	volumes new.img moved.img >got
	same truth got
}

for nr in 256 255 200 128 104 103; do
	shrinks $nr
done
run_ok thin_dump new.img
stdout_has '<superblock uuid="" time="2" transaction="7" flags="0" version="2"'
stdout_has 'nr_data_blocks="103"'
# What was shared is shared.
[ "$(grep -c '<ref name' out)" = 2 ] || complain "devices share nothing any more"
for threads in 1 3 8; do
	cp new.img wanted.img
	cp moved.img wanted.data
	shrinks 103 --threads $threads --verify
	same wanted.img new.img
	same wanted.data moved.img
done
shrinks 110 --resume

# XML: the same plan, the same pool.
cp new.img binary.img
cp data.img moved.xml.img
run_ok thin_shrink -i pool.xml -o new.xml --data moved.xml.img --nr-blocks 110
is_silent
truncate -s $((110 * 65536)) moved.xml.img
same moved.img moved.xml.img
run_ok thin_dump binary.img
stdout_is_file new.xml
xml_volumes new.xml moved.xml.img >got
same truth got
# An old file is replaced, as a whole.
{ cat new.xml; head -c 100000 /dev/zero; } >old.xml
run_ok thin_shrink --no-copy -i pool.xml -o old.xml --nr-blocks 110
# From standard input, too, and from a pipe.
run_ok thin_shrink --no-copy -i - -o piped.xml --nr-blocks 110 <pool.xml
same old.xml piped.xml
thin_dump pool.img | thin_shrink --no-copy -i - -o piped.xml --nr-blocks 110 ||
	fail "XML from a pipe is refused"
same old.xml piped.xml
same new.xml old.xml
mkfifo fifo
cat fifo >piped.xml &
run_ok thin_shrink --no-copy -i pool.xml -o fifo --nr-blocks 110
wait
same new.xml piped.xml

# Only the metadata, and nothing at all.
unchanged data.img run_ok thin_shrink --binary --no-copy -i pool.img -o new.img \
	--data data.img --nr-blocks 110
same binary.img new.img
for data in '' '--data data.img'; do
	# shellcheck disable=SC2086 # words
	unchanged data.img unchanged new.img run_ok thin_shrink --binary --dry-run -i pool.img \
		-o new.img $data --nr-blocks 110
	stderr_is_empty
	stdout_has "data blocks now: 256 (16 MiB), mapped: 103 (6.4 MiB)"
	stdout_has "data blocks then: 110 (6.8 MiB), at least: 103 (6.4 MiB)"
	stdout_has "data blocks to move: 69 (4.3 MiB), free for them: 76 (4.7 MiB)"
	stdout_has "metadata blocks needed: "
done
run_ok thin_shrink --dry-run -i pool.xml --nr-blocks 110
stdout_has "data blocks to move: 69 (4.3 MiB), free for them: 76 (4.7 MiB)"
stdout_lacks "metadata blocks"

# Real metadata, as small as it gets; a metadata snapshot keeps its blocks until then.
for name in basic deep snapshots held grown; do
	fixture $name
	run_ok thin_shrink --binary --dry-run -i $name.img \
		--nr-blocks "$(md get $name.img 0 64 8)"
	least=$(sed -n 's/.*at least: \([0-9]*\).*/\1/p' out)
	[ "$least" -ge 100 ] || fail "$name: it fits into $least"
	run_rejects thin_shrink --binary --dry-run -i $name.img --nr-blocks $((least - 1))
	stderr_has "it fits into $least"
	blank new.img 16M
	run_ok thin_shrink --binary --no-copy -i $name.img -o new.img --nr-blocks "$least"
	if [ $name = held ]; then
		stderr_has "warning: the metadata snapshot is left out"
	else
		is_silent
	fi
	is_sound new.img
	thin_ls -o DEV,MAPPED_BLOCKS,EXCLUSIVE_BLOCKS,TRANSACTION,CREATE_TIME,SNAP_TIME \
		$name.img >wanted
	thin_ls -o DEV,MAPPED_BLOCKS,EXCLUSIVE_BLOCKS,TRANSACTION,CREATE_TIME,SNAP_TIME \
		new.img >got
	same wanted got
done
