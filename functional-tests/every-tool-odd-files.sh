#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever is named in place of a file, each tool says what it is and what was wanted, and
# touches nothing.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture basic
thin_dump -o basic.xml basic.img || fail "no XML"
thin_metadata_pack -i basic.img -o basic.pack || fail "no pack"
blank data.img 512M
thin_send --metadata basic.img --data data.img --thin 0 -o basic.stream || fail "no stream"
mkdir dir
sums=$(cksum basic.* data.img)

# A socket that nobody listens at.
perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("sock"))'
extract='--metadata-dev basic.img --data-dev data.img --dev-id 0'
send='--metadata basic.img --data data.img --thin 0'

says() { # NAME WHAT COMMAND...
	says_name=$1 says_what=$2
	shift 2
	run_rejects timeout 100 "$@"
	stdout_is_empty
	stderr_has "$says_name: is $says_what, wanted "
}
for odd in dir sock; do
	what='a directory'
	[ $odd = dir ] || what='a socket'
	blank out.img basic.img
	# What is read.
	says $odd "$what" thin_restore -i $odd -o out.img
	says $odd "$what" thin_metadata_pack -i $odd -o new
	says $odd "$what" thin_metadata_unpack -i $odd -o new
	says $odd "$what" thin_receive -i $odd -o new
	says $odd "$what" thin_receive --print-token --state $odd
	says $odd "$what" thin_shrink -i $odd -o new --no-copy --nr-blocks 8000
	says $odd "$what" thin_repair --lvm-backup $odd -i basic.img --dry-run
	says $odd "$what" thin_check --apply-undo $odd basic.img
	says $odd "$what" thin_trim --dry-run --metadata-dev basic.img --data-dev $odd
	says $odd "$what" thin_extract --metadata-dev basic.img --data-dev $odd --dev-id 0 -o new
	# shellcheck disable=SC2086 # words
	{
		says $odd "$what" thin_extract $extract --origin $odd -o new
		says $odd "$what" thin_send $send --read-from $odd -o new
		says $odd "$what" thin_send $send --resume-from $odd -o new
	}
	says $odd "$what" thin_send --metadata basic.img --data $odd --thin 0 -o new
	# What is written.
	says $odd "$what" thin_dump -o $odd basic.img
	says $odd "$what" thin_restore -i basic.xml -o $odd
	says $odd "$what" thin_repair -i basic.img -o $odd
	says $odd "$what" thin_repair -i basic.img --dry-run --report $odd
	says $odd "$what" thin_metadata_pack -i basic.img -o $odd
	says $odd "$what" thin_metadata_unpack -i basic.pack -o $odd
	# shellcheck disable=SC2086
	{
		says $odd "$what" thin_extract $extract -o $odd
		says $odd "$what" thin_send $send -o $odd
	}
	says $odd "$what" thin_receive -i basic.stream -o $odd
	says $odd "$what" thin_receive -i basic.stream -o new --state $odd
	says $odd "$what" thin_shrink --binary -i basic.img -o $odd --no-copy --nr-blocks 8000
	[ ! -e new ] || fail "$ran: made a file"
done

# Nobody writes there, and nobody reads.
mkfifo fifo
says fifo 'a pipe' thin_receive --print-token --state fifo
says fifo 'a pipe' thin_receive -i basic.stream -o new --state fifo
says fifo 'a pipe' thin_metadata_unpack -f -i basic.pack -o fifo
[ ! -e new ] || fail "$ran: made a file"

# A variable of a script that has no value.
for words in "thin_dump -o" "thin_repair --dry-run -i basic.img --report" \
	"thin_metadata_pack -i basic.img -o" "thin_extract $extract -o" "thin_send $send -o" \
	"thin_receive -i basic.stream -o" "thin_receive -o new -i basic.stream --state" \
	"thin_check --auto-repair basic.img --undo" "thin_restore -o out.img -i"; do
	# shellcheck disable=SC2086 # words
	run_rejects $words ""
	stderr_has 'found "", wanted <'
done
[ ! -e new ] || fail "$ran: made a file"

# Block devices are no place for text, and what is mounted is left alone.
blank loop.img 2M
device=$(losetup -f --show loop.img 2>/dev/null) && {
	trap 'losetup -d "$device"' EXIT
	says "$device" 'a block device' thin_dump -o "$device" basic.img
	# shellcheck disable=SC2086
	says "$device" 'a block device' thin_send $send -o "$device"
	says "$device" 'a block device' thin_metadata_pack -i basic.img -o "$device"
	says "$device" 'a block device' thin_repair -i basic.img --dry-run --report "$device"
}

# One name for two things, of which neither is there yet.
for state in new ./new dir/../new; do
	run_rejects thin_receive -i basic.stream -o new --state $state
	stderr_has "new: is the state as well, wanted another device or file"
	[ ! -e new ] || fail "a target was made and left"
done
run_ok thin_receive -i basic.stream -o both.new --state both
rm both both.new

# A full disk is named as that, by all that print.
for tool in $tools; do
	case $tool in
	thin_restore | thin_metadata_unpack) continue ;;
	thin_extract) words="$extract --force -o -" ;;
	thin_send) words=$send ;;
	thin_receive) words="--dry-run -i basic.stream" ;;
	thin_metadata_pack) words="-i basic.img -o -" ;;
	*) words=$(words_for "$tool" basic.img) ;;
	esac
	status=0
	# shellcheck disable=SC2086 # words
	"$tool" $words >/dev/full 2>err || status=$?
	[ $status = 1 ] || fail "$tool: status $status with a full disk"
	stderr_has "$tool: standard output: No space left on device"
done

# A mistaken value is named.
for words in "thin_delta --thin1 0 --thin2 1 basic.img --format:xmls" \
	"thin_delta --thin1 0 --thin2 1 basic.img --only:same,odd" \
	"thin_extract $extract -o new --size:9e" \
	"thin_extract $extract -o new --range:5g..1g" "thin_send $send -n --size:1x" \
	"thin_receive -i basic.stream -o new --checkpoint:1" \
	"thin_metadata_size -s 1g -m 1 --block-size:1" \
	"thin_metadata_size -s 1g -m 1 -b 64k --unit:h" \
	"thin_metadata_size -s 1g -m 1 -b 64k --numeric-only=:h" \
	"thin_metadata_size -m 1 -b 64k --pool-size:1x" \
	"thin_metadata_size -m 1 -b 64k --pool-size:99999999999999999999" \
	"thin_check basic.img --override-mapping-root:-1" "thin_dump basic.img --dev-id:0x10" \
	"thin_dump basic.img --format:xmls" "thin_dump basic.img --data-block-size:129" \
	"thin_dump basic.img --nr-data-blocks:1099511627776" \
	"thin_repair -i basic.img --dry-run --data-block-size:0" \
	"thin_restore -i basic.xml -o none --data-block-size:2097280" \
	"thin_extract $extract -o new --dev-id:16777216" "thin_ls basic.img -o DEV --format:DEW" \
	"thin_rmap basic.img --region:7..7" "thin_send $send -n --thin:16777216" \
	"thin_send $send -n --compress=:10" "thin_send $send -n --compress=:0" \
	"thin_send $send -n --resume:x" \
	"thin_shrink --binary --dry-run -i basic.img --nr-blocks:0"; do
	value=${words##*:}
	# shellcheck disable=SC2086 # words
	case $words in
	*=:*) run_rejects ${words%:*}"$value" ;;
	*) run_rejects ${words%:*} "$value" ;;
	esac
	name=${words%:*}
	name=${name##* }
	stderr_has "${words%% *}: ${name%=}: "
	stderr_has "found \"$value\", wanted "
done
for root in mapping details; do
	run_rejects thin_check --override-$root-root 512 basic.img
	stdout_is_empty
	stderr_has "--override-$root-root: block 512, wanted one below 512"
done
[ "$sums" = "$(cksum basic.* data.img)" ] || fail "an input was changed"
