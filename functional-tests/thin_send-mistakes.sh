#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin_send and thin_receive say in one line what does not go together, and touch nothing.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

make_stream_pool 128
volume 1 volume
sent 1 >stream
inactive="--metadata pool.img --data pool.data"

rejects() { # TEXT WORD...
	rejects_text=$1
	shift
	unchanged pool.img run_rejects "$@"
	stderr_has "$rejects_text"
	stdout_is_empty
}
# shellcheck disable=SC2086 # words
{
	rejects "missing option: --thin" thin_send $inactive
	rejects "missing option: --pool" thin_send --thin 1
	rejects "do not go together" thin_send --pool p $inactive --thin 1
	rejects "missing option: --data" thin_send --metadata pool.img --thin 1
	rejects "are for --metadata" thin_send --pool p --data pool.data --thin 1
	rejects "are for --pool" thin_send $inactive --thin 1 --force
	rejects "wanted a device id" thin_send $inactive --thin one
	rejects "wanted a device id" thin_send $inactive --thin 16777216
	rejects "wanted a device id" thin_send $inactive --thin 1 --from -1
	rejects "has no device 9; thin_ls lists" thin_send $inactive --thin 9
	rejects "has no device 9; thin_ls lists" thin_send $inactive --thin 1 --from 9
	rejects "level from 1 to 9" thin_send $inactive --thin 1 --compress=10
	rejects "--size" thin_send $inactive --thin 1 --size 100b
	rejects "--size" thin_send $inactive --thin 1 --size x
	rejects "--json needs" thin_send $inactive --thin 1 --json
	rejects "--json needs" thin_send $inactive --thin 1 --json -o -
	rejects "is an input as well" thin_send $inactive --thin 1 -o pool.data
	rejects "is an input as well" thin_send $inactive --thin 1 -o ./pool.img
	rejects "No such file" thin_send $inactive --thin 1 -o missing/stream
	rejects "No such file" thin_send --metadata pool.img --data missing --thin 1
	rejects "wanted a block device" thin_send --metadata pool.img --data /dev/null --thin 1
	for odd in "--data pool.img" "--data ./pool.img" "--data pool.data --read-from pool.img"; do
		rejects "is the metadata as well" thin_send --metadata pool.img $odd --thin 1
	done
	rejects "no metadata snapshot" thin_send -m $inactive --thin 1
	rejects "do not go together" thin_send $inactive --thin 1 --resume x --resume-from y
	rejects "y: No such file" thin_send $inactive --thin 1 --resume-from y
}
# A mapping that no device can have.
cp pool.img pool.was
leaf=$(md path pool.img 1 30 | tail -n 1)
md set pool.img "$leaf" 200 8 18446744073709551615
# shellcheck disable=SC2086 # words
rejects "pool.img: maps block 18446744073709551615" thin_send $inactive --thin 1 -n
mv pool.was pool.img

# What is no pool, wherever this runs.
rejects no-such-pool thin_send --pool no-such-pool --thin 1
rejects no-such-pool/thin thin_send --thin no-such-pool/thin

# The data ends before its device does: no end of the stream, no output for good.
head -c 1000000 pool.data >short.data
run_fails sh -c 'thin_send --metadata pool.img --data short.data --thin 1 >broken'
stderr_lines 1
stderr_has "short.data: ends before byte"
run_fails thin_receive --dry-run -i broken
rm broken
run_fails thin_send --metadata pool.img --data short.data --thin 1 -o broken
stderr_lines 2
stderr_has "broken: was not made"
[ ! -e broken ] || fail "$ran: left a part"

# Nobody takes the stream, or there is no room for it.
run_fails sh -c 'thin_send --metadata pool.img --data pool.data --thin 1 | true; exit 1'
is_silent
run_rejects thin_send --metadata pool.img --data pool.data --thin 1 -o /dev/full
stderr_has "No space left"

rejects "missing option: -o {device|file}" thin_receive -i stream
rejects "as well, wanted another" thin_receive -i stream -o stream
: >same.state
rejects "as well, wanted another" thin_receive -i stream -o same.state --state same.state
rejects "--print-token needs --state" thin_receive --print-token
rejects "No such file" thin_receive --print-token --state missing
for size in 1 x 65535 ''; do
	rejects "--checkpoint" thin_receive -i stream -o copy --checkpoint "$size"
done
rejects "a directory" thin_receive -i stream -o .
rejects "wanted a block device" thin_receive -i stream -o /dev/null
rejects "No such file" thin_receive -i stream -o missing/copy
rejects "No such file" thin_receive -i stream -o copy --state missing/state
[ ! -e copy ] || fail "a copy was made"
# Two at a time.
cp volume copy
run_rejects flock copy thin_receive -i stream -o copy
stderr_has "another program holds it"

# Data that cannot be read: the last of all, as it takes strace.
need_strace
rejects "Input/output error" timeout 100 strace -f -qq -o /dev/null \
	-e inject=pread64:error=EIO -P "$PWD/pool.data" \
	thin_send --metadata pool.img --data pool.data --thin 1
