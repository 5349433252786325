#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each tool that may take long says on a terminal how far it is, and wipes that out in the
# end; without a terminal, or told to be quiet, it says nothing of it.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need script
need_strace
fixture basic
thin_dump -q -o basic.xml basic.img || fail "no XML"
thin_metadata_pack -q -i basic.img -o basic.pack || fail "no packed file"
truncate -s 512M basic.data
make_stream_pool 128
sent 1 -q -o 1.stream

# So slow are disks that each tool takes seconds and not milliseconds, many times as long
# as it must take to show anything.  Each read is, of whichever thread: those that strace(1)
# spares (when=) it counts for each thread, and a thread may have few.
slow() { # MICROSECONDS
	echo "strace -f -qq -o /dev/null -e trace=pread64,pwrite64,fdatasync" \
		"-e inject=pread64,pwrite64,fdatasync:delay_enter=$1"
}
delay=100000

# Runs it with stderr on a terminal, on one but quiet, and in a file, all at a time.
# OUT is a file of its own, with room for metadata; NEW is not there yet.
watch() { # WORD COMMAND...
	word=$1 tool=$2
	shift
	echo "$tool $word" >>watched
	for on in terminal quiet file; do
		to=$tool.$on
		blank "$to.img" 4M
		words=$(echo "$(slow $delay) $*" | sed "s/OUT/$to.img/; s/NEW/$to.new/")
		[ $on != quiet ] || words="$words -q"
		# shellcheck disable=SC2086 # words
		if [ $on = file ]; then
			$words >"$to" 2>"$to.err" &
		else
			script -qec "$words 2>&1 >/dev/null" "$to" </dev/null >/dev/null &
		fi
	done
}
watch checking thin_check basic.img
watch dumping thin_dump basic.img
watch counting thin_ls basic.img
watch searching thin_rmap --region 0..4000 basic.img
watch reading thin_repair -i basic.img -o OUT
watch checking thin_trim --dry-run --metadata-dev basic.img --data-dev basic.data
watch reading thin_shrink --binary --dry-run -i basic.img --nr-blocks 4000
# These read or write little, in large pieces.
delay=400000
watch comparing thin_delta --thin1 0 --thin2 1 basic.img
watch sending thin_send --metadata pool.img --data pool.data --thin 1 -o NEW
watch receiving thin_receive -i 1.stream -o NEW
watch extracting thin_extract --metadata-dev pool.img --data-dev pool.data --dev-id 1 -o NEW
watch restoring thin_restore -i basic.xml -o OUT
delay=1500000
watch unpacking thin_metadata_unpack -i basic.pack -o NEW
watch packing thin_metadata_pack -i basic.img -o NEW
wait

is_watched() { # TOOL
	grep -q "^$1 " watched
}
# Those without progress are done at once.
for tool in $tools; do
	is_watched "$tool" || [ "$tool" = thin_metadata_size ] || fail "$tool is not watched"
done

esc=$(printf '\033')
while read -r tool word; do
	# What script says itself is in the first and the last line.
	for on in terminal quiet; do
		sed '1d; $d' "$tool.$on" | tr '\r' '\n' >drawn
		grep -q 'COMMAND_EXIT_CODE="0"' "$tool.$on" ||
			fail "$tool fails: $(cat "$tool.$on")"
		[ $on = terminal ] || ! grep -q '[^ ]' drawn || fail "$tool -q: $(cat drawn)"
		[ $on = quiet ] || grep -qE "^$word: +[0-9]+( %)?\$" drawn ||
			fail "$tool: wanted \"$word: N %\", found $(cat drawn)"
		# The end of a line that is drawn over is wiped out.
		[ $on = quiet ] || grep -E ": +[0-9]|$esc" drawn | tail -n 1 |
			grep -qF "${esc}[K" ||
			fail "$tool: leaves the line: $(cat drawn)"
	done
	! grep -q "$(printf '\r')\|$esc" "$tool.file" "$tool.file.err" ||
		fail "$tool draws where no terminal is"
	! grep -qE "[a-z]+: +[0-9]+ %" "$tool.file.err" || fail "$tool: $(cat "$tool.file.err")"
done <watched
