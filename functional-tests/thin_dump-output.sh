#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A dump arrives whole where it was sent, or fails.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture snapshots
thin_dump snapshots.img >all.xml

# The file is made, or made empty first.
unchanged snapshots.img run_ok thin_dump -o new.xml snapshots.img
is_silent
same new.xml all.xml
head -c 1000000 /dev/zero >old.xml
unchanged snapshots.img run_ok thin_dump --output=old.xml snapshots.img
same old.xml all.xml
[ ! -e /dev/fd/1 ] || {
	thin_dump -o /dev/stdout snapshots.img >piped.xml
	same piped.xml all.xml
}
mkfifo fifo
cat fifo >piped.xml &
run_ok thin_dump -o fifo snapshots.img
wait
same piped.xml all.xml

# Where nothing can be written.
run_rejects thin_dump -o no/such/dir snapshots.img
stderr_has "no/such/dir: No such file or directory"
mkdir dir
run_rejects thin_dump -o dir snapshots.img
stderr_has "dir: is a directory, wanted a file"

# The input by another name is refused before anything happens to it.
ln -s snapshots.img link
ln snapshots.img hard
for name in snapshots.img ./snapshots.img link hard "$PWD/snapshots.img"; do
	unchanged snapshots.img run_rejects thin_dump -o "$name" snapshots.img
	stderr_has "is the input as well"
	unchanged snapshots.img run_rejects thin_dump -o snapshots.img "$name"
done
# Nothing is made or lost for an input that is no metadata.
run_fails thin_dump -o unborn.xml no-such-input
[ ! -e unborn.xml ] || fail "an output without an input"
cp all.xml keep.xml
unchanged keep.xml run_fails thin_dump -o keep.xml no-such-input

# Full.
[ ! -c /dev/full ] || {
	run_rejects thin_dump -o /dev/full snapshots.img
	stderr_has "/dev/full: No space left on device"
	for format in xml human_readable; do
		status=0
		thin_dump -f $format snapshots.img >/dev/full 2>err || status=$?
		[ $status = 1 ] || fail "status $status with a full standard output"
		stderr_has "standard output: No space left on device"
	done
	fixture fresh
	status=0
	thin_dump fresh.img >/dev/full 2>err || status=$?
	[ $status = 1 ] || fail "status $status with a full standard output"
}
# A limit on the size of files is another way to be full.
run sh -c 'trap "" XFSZ; ulimit -f 8; exec thin_dump -o part.xml snapshots.img'
[ "$status" = 1 ] || complain "wanted status 1"
stderr_has "part.xml: File too large"

need_user
mkdir open closed
chmod 777 open
chmod 555 closed
run_ok as_user thin_dump -o open/new.xml snapshots.img
same open/new.xml all.xml
run_rejects as_user thin_dump -o closed/new.xml snapshots.img
stderr_has "closed/new.xml: Permission denied"
chmod 600 snapshots.img
for tool in thin_check thin_dump; do
	run as_user $tool snapshots.img
	[ "$(id -u)" != 0 ] || [ "$status" = 1 ] || complain "wanted status 1"
	[ "$(id -u)" != 0 ] || stderr_has "snapshots.img: Permission denied"
done
