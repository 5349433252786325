# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
#
# What functional tests share and include first.
#
# "run" starts each test in an empty directory of its own, which goes away
# afterwards, with the tools under test in PATH and these variables:
#
#	srcdir		functional-tests
#	bin		where the tools are
#	builddir	where our own programs are (tools/*.c, blockio)
#
# A test ends with status 0, or 1 after saying what is wrong, or 77 after saying
# why it cannot run here.

set -u
: "${srcdir:?start tests with functional-tests/run}" "${bin:?}" "${builddir:?}"
uml=$srcdir/uml
# shellcheck disable=SC2034
{
	tools=$(cd "$bin" && echo thin_*)
	fixtures='fresh basic deep snapshots held grown needs-check exhausted killed'
}

# The words with which a tool does its work on a file; basic.xml, basic.stream and
# the devices 0 and 1 are there.  A new tool that needs more than the file gets a line here.
words_for() { # TOOL FILE
	case $1 in
	thin_restore) echo "-i basic.xml -o $2" ;;
	thin_repair) echo "--dry-run -i $2" ;;
	thin_delta) echo "--thin1 0 --thin2 1 $2" ;;
	thin_rmap) echo "--region 0..10 $2" ;;
	thin_extract) echo "--dry-run --metadata-dev $2 --dev-id 0" ;;
	thin_metadata_pack) echo "-f -i $2 -o any.pack" ;;
	thin_metadata_unpack)
		[ -e basic.pack ] || "$bin/thin_metadata_pack" -i basic.img -o basic.pack
		echo "-f -i basic.pack -o $2" ;;
	thin_metadata_size) echo "-b 64k -s 1g -m 10" ;;
	thin_shrink) echo "--binary --dry-run -i $2 --nr-blocks 8192" ;;
	thin_trim)
		[ -e pool.data ] || truncate -s 512M pool.data
		echo "--dry-run --metadata-dev $2 --data-dev pool.data" ;;
	thin_send) echo "--dry-run --thin 0 --metadata $2" ;;
	thin_receive) echo "-i basic.stream -o ${2%.img}.volume" ;;
	*) echo "$2" ;;
	esac
}
# Does it only read metadata of a thin pool?
is_reader() { # TOOL
	case $1 in
	thin_restore | thin_receive | thin_metadata_size) return 1 ;;
	thin_metadata_pack | thin_metadata_unpack) return 1 ;;
	esac
}

fail() { # MESSAGE
	echo "$*"
	exit 1
}
skip() { # MESSAGE
	echo "$*"
	exit 77
}
need() { # PROGRAM...
	for need_program; do
		command -v "$need_program" >/dev/null || skip "no $need_program"
	done
}

# ---- Running

# Runs a command; its output is in the files out and err, its status in $status.
run() { # COMMAND...
	ran=$*
	status=0
	"$@" >out 2>err || status=$?
}
say_run() {
	echo "ran: $ran"
	echo "status: $status"
	sed 's/^/stdout: /' out | head -n 20
	sed 's/^/stderr: /' err | head -n 20
}
complain() { # MESSAGE
	say_run
	fail "$*"
}
run_ok() { # COMMAND...
	run "$@"
	[ "$status" = 0 ] || complain "wanted status 0"
}
# Whatever is wrong, tools end with 1.
run_fails() { # COMMAND...
	run "$@"
	[ "$status" = 1 ] || complain "wanted status 1"
}
# As run_fails, and one line on stderr says why.
run_rejects() { # COMMAND...
	run_fails "$@"
	stderr_lines 1
}

# What the last command printed.

stdout_is() { # TEXT
	printf '%s\n' "$1" | cmp -s - out || complain "wanted on stdout: $1"
}
stdout_has() { # TEXT
	grep -qF -e "$1" out || complain "wanted on stdout: $1"
}
stdout_lacks() { # TEXT
	! grep -qF -e "$1" out || complain "not wanted on stdout: $1"
}
stdout_is_file() { # FILE
	cmp -s "$1" out || {
		diff "$1" out | head -n 10
		complain "wanted on stdout what is in $1"
	}
}
stdout_is_empty() {
	[ ! -s out ] || complain "wanted nothing on stdout"
}
stderr_has() { # TEXT
	grep -qF -e "$1" err || complain "wanted on stderr: $1"
}
stderr_lacks() { # TEXT
	! grep -qF -e "$1" err || complain "not wanted on stderr: $1"
}
stderr_is_empty() {
	[ ! -s err ] || complain "wanted nothing on stderr"
}
stderr_lines() { # NUMBER
	[ "$(wc -l <err)" -eq "$1" ] || complain "wanted $1 lines on stderr"
}
is_silent() {
	stdout_is_empty
	stderr_is_empty
}

# Runs a command, which must leave the file as it is.
unchanged() { # FILE COMMAND...
	unchanged_file=$1
	shift
	unchanged_sum=$(cksum <"$unchanged_file")
	"$@"
	[ "$unchanged_sum" = "$(cksum <"$unchanged_file")" ] ||
		complain "$unchanged_file has changed"
}
same() { # FILE FILE
	cmp -s "$1" "$2" || {
		diff -a "$1" "$2" | head -n 10
		fail "$1 and $2 differ"
	}
}

# As an ordinary user, whoever started the tests.
as_user() { # COMMAND...
	if [ "$(id -u)" != 0 ]; then
		"$@"
	else
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	fi
}
need_user() {
	[ "$(id -u)" = 0 ] || return 0
	need setpriv
	chmod 755 .
	as_user thin_check --version >/dev/null 2>&1 ||
		skip "an ordinary user cannot run the tools in $bin"
}

# What the file system can: see tools/can.c.
files_can() { # WHAT
	can_status=0
	"$builddir/can" "$1" || can_status=$?
	[ $can_status -lt 2 ] || fail "can $1: status $can_status"
	return $can_status
}
need_files_that() { # WHAT
	files_can "$1" || skip "files cannot do this here: $1 (see tools/can.c)"
}

need_strace() {
	need strace
	strace -o /dev/null true 2>/dev/null || skip "strace is not permitted"
	# The leak checker cannot work below another tracer.
	export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
}
# Runs a command and keeps what it writes to the file, for tools/crash.c.
trace_writes() { # FILE COMMAND...
	traced=$PWD/$1
	shift
	strace -f -qq -xx -s 99999999 -P "$traced" -o log -e trace=pwrite64,fsync,fdatasync \
		"$@" >out 2>err || fail "$* fails: $(cat err)"
	nr_writes=$("$builddir/crash" log) || fail "the trace cannot be read"
	[ "$nr_writes" -gt 0 ] || fail "it wrote nothing"
}
# What the file, as it was before, may be after a crash: see tools/crash.c.
crash() { # FILE WRITES [SEED]
	"$builddir/crash" log "$@" || fail "crash $* failed"
}
# Runs a command that is killed when it is about to write for the Nth time.
killed_at() { # N COMMAND...
	killed_nr=$1
	shift
	status=0
	strace -f -qq -o /dev/null -e trace=pwrite64 \
		-e "inject=pwrite64:signal=KILL:when=$killed_nr" "$@" >out 2>err || status=$?
}

# What md.img is after a crash: not metadata, or what old.xml says, while nothing
# has arrived, or what new.xml says.
judge_crashed() { # HOW MAY-BE-OLD
	run thin_check md.img
	[ "$status" != 0 ] || {
		run_ok thin_dump md.img
		cmp -s out new.xml || { [ "$2" = yes ] && cmp -s out old.xml; } ||
			complain "$1: this is neither the old nor the new"
		return
	}
	[ "$status" = 1 ] || complain "$1: wanted status 0 or 1"
	stderr_has "block 0 (superblock)"
	run_fails thin_dump md.img
	stdout_is_empty
}
# A call of the kernel fails for the Nth time while md.img is written over old.img.
fails_at() { # CALL N COMMAND...
	fails_call=$1 fails_nr=$2
	shift 2
	for fails_error in EIO ENOSPC; do
		cp old.img md.img
		status=0
		strace -f -qq -P "$PWD/md.img" -o /dev/null -e "trace=$fails_call" \
			-e "inject=$fails_call:error=$fails_error:when=$fails_nr" \
			"$@" >out 2>err || status=$?
		[ "$status" = 1 ] || fail "$fails_call $fails_nr: status $status after $fails_error"
		stderr_has "md.img: "
		judge_crashed "$fails_error at $fails_call $fails_nr" yes
	done
}

# ---- Metadata

# Unpacks metadata that a kernel has written: NAME.img, or FILE.
fixture() { # NAME [FILE]
	gzip -dc "$srcdir/fixtures/$1.img.gz" >"${2:-$1.img}" || fail "no fixture $1"
}
fixture_truth() { # NAME
	echo "$srcdir/fixtures/$1.truth"
}
size_of() { # FILE
	stat -c %s "$1"
}
# An empty file, as large as another one or with a size of truncate(1).
blank() { # FILE SIZE|FILE
	rm -f "$1"
	if [ -f "$2" ]; then
		truncate -s "$(size_of "$2")" "$1"
	else
		truncate -s "$2" "$1"
	fi
}

superblock_xml() { # [ATTRIBUTE=VALUE]... as far as they differ from these
	set -- uuid= time=1 transaction=2 flags=0 version=2 data_block_size=128 \
		nr_data_blocks=1000000 "$@"
	printf '%s\n' "$@" | awk -F= '
		!($1 in value) { order[n++] = $1 }
		{ value[$1] = $2 }
		END {
			printf "<superblock"
			for (i = 0; i < n; i++)
				if (value[order[i]] != "-")
					printf " %s=\"%s\"", order[i], value[order[i]]
			print ">"
		}'
}
single_xml() { # THIN-BLOCK DATA-BLOCK TIME
	echo "    <single_mapping origin_block=\"$1\" data_block=\"$2\" time=\"$3\"/>"
}
range_xml() { # THIN-BLOCK DATA-BLOCK LENGTH TIME
	printf '    <range_mapping origin_begin="%s" data_begin="%s" length="%s" time="%s"/>\n' "$@"
}
# Devices 1, 2, ... with so many mappings each, every third a run of two blocks.
make_xml() { # DEVICES MAPPINGS
	superblock_xml
	awk -v devices="$1" -v mappings="$2" 'BEGIN {
		for (d = 1; d <= devices; d++) {
			printf "  <device dev_id=\"%d\" mapped_blocks=\"%d\" transaction=\"0\" " \
				"creation_time=\"0\" snap_time=\"1\">\n", d,
				mappings + int((mappings + 2) / 3)
			for (m = 0; m < mappings; m++) {
				if (m % 3)
					printf "    <single_mapping origin_block=\"%d\" " \
						"data_block=\"%d\" time=\"1\"/>\n", 3 * m, data++
				else {
					printf "    <range_mapping origin_begin=\"%d\" " \
						"data_begin=\"%d\" length=\"2\" time=\"0\"/>\n",
						3 * m, data
					data += 2
				}
				data++
			}
			print "  </device>"
		}
		print "</superblock>"
	}'
}
# A file with metadata of ours, 4 MiB unless told otherwise.
make_thin_md() { # FILE DEVICES MAPPINGS [SIZE]
	make_xml "$2" "$3" >"$1.xml"
	restored "$1.xml" "$1" "${4:-4M}"
}
restored() { # XML FILE SIZE|FILE
	blank "$2" "$3"
	run_ok thin_restore -i "$1" -o "$2"
	is_silent
}
is_sound() { # FILE
	run_ok thin_check "$1"
	stderr_is_empty
}

# The programs of tools/: "md" looks at metadata and makes faults in it.
md() {
	"$builddir/md" "$@" || fail "md $* failed"
}
spoil_block() { # FILE BLOCK
	md spoil "$1" "$2"
}
# JSON on stdin becomes lines "path value"; fails if it is not JSON.
json() {
	"$builddir/json"
}

# ---- Peers

# thin-provisioning-tools 0.9, as Debian has it.
need_peer09() {
	peer09=
	for peer_dir in /usr/sbin /sbin /usr/local/sbin; do
		[ ! -x $peer_dir/thin_check ] || peer09=$peer_dir
	done
	[ -n "$peer09" ] || skip "no other thin_check is installed"
	case $("$peer09/thin_check" -V 2>&1) in
	0.9*) ;;
	*) skip "$peer09/thin_check is not 0.9" ;;
	esac
}
# 1.1, in a directory that $PEER11 names.
need_peer11() {
	[ -n "${PEER11:-}" ] || skip "\$PEER11 names no directory with thin-provisioning-tools 1.1"
	[ -x "$PEER11/thin_check" ] || skip "no thin_check in $PEER11"
}

# What a dump means: whoever wrote it and however, this is the same text.
meaning_of() { # XML
	blank meaning.img 32M
	thin_restore -q -i "$1" -o meaning.img || fail "$1 cannot be restored"
	thin_dump --expand meaning.img
}
# Blocks of metadata that are in use.
blocks_used() { # FILE
	blocks_free=$(thin_check "$1" 2>/dev/null | sed -n 's/METADATA_FREE_BLOCKS=//p')
	echo $(($(md get "$1" 0 192 8) - blocks_free))
}
# Sound but for what is leaked, or stale totals.
is_sound_or_leaks() { # FILE
	run thin_check --ignore-non-fatal-errors "$1"
	[ "$status" = 0 ] || complain "$1 is not sound"
}

# ---- Guests

# What a test needs before it uses guest.
need_guest() {
	[ ! -x "$builddir/blockio" ] || export BLOCKIO="$builddir/blockio"
	# shellcheck source=functional-tests/uml/guest.sh disable=SC1091
	. "$uml/guest.sh"
	guest_need
}
# Lets the kernel make metadata, meta.img; what the devices read as is the truth.
kernel_makes() { # GUEST-SCRIPT METADATA-SIZE DATA-SIZE
	need_guest
	meta=meta.img data=data.img
	guest_disks "$2" "$3"
	guest_twice truth "$1" || fail "the guest $1 failed"
}
# The kernel takes metadata, all devices read as they should, and it goes on to
# work with it; what it leaves is sound.
kernel_takes() { # FILE [GUEST-OPTION]...
	meta=$1
	shift
	# shellcheck disable=SC2046 # a list of numbers
	guest_twice got "$@" load-pool $(cut -d ' ' -f 1 truth) ||
		fail "the kernel does not take $meta"
	same truth got
	is_sound "$meta"
}
# Metadata that the kernel has made is dumped and restored on a new device.
dump_and_restore() {
	unchanged meta.img run_ok thin_dump -o dump.xml meta.img
	is_silent
	restored dump.xml restored.img meta.img
	is_sound restored.img
	run_ok thin_dump restored.img
	sed '1s/flags="1"/flags="0"/' dump.xml >wanted.xml
	stdout_is_file wanted.xml
}
# Runs commands of ours in a guest; what each printed and its status is in
# result.1, result.2, ...
guest_commands() { # GUEST-SCRIPT-WITH-ARGUMENTS COMMAND...
	guest_words=$1
	shift
	rm -f result.*
	# shellcheck disable=SC2086 # words
	guest --ro "$bin" $guest_words "$@" >results 2>&1 || {
		cat results
		fail "the guest $guest_words failed"
	}
	awk '
		BEGIN { n = 1 }
		{ print >("result." n) }
		/^status [0-9]*$/ { n++ }' results
}
# Runs a guest script that uses lvm2 with our tools; those that lvm2 was made for
# must be there as well, for ours to take their place.
guest_with_lvm2() { # GUEST-SCRIPT
	need_guest
	need lvm mkfs.ext4
	[ -x /usr/sbin/pdata_tools ] || skip "no tools for lvm2 in /usr/sbin"
	# shellcheck disable=SC2034 # for guest
	meta=pv.img data=
	blank pv.img 1G
	guest --ro "$bin" --ro "$builddir" "$1" "$bin" "$builddir/md" || fail "the guest $1 failed"
}
result_has() { # N LINE-OR-TEXT...
	result=result.$1
	shift
	for result_text; do
		grep -qF -e "$result_text" "$result" || {
			cat "$result"
			fail "wanted in $result: $result_text"
		}
	done
}

# ---- Streams

# A small pool, pool.img and pool.data, in blocks of 64 KiB or of so many sectors.
# Device 2 is device 1 with blocks changed, discarded and added; 3 is empty; 4
# maps the data of 1 elsewhere.
make_stream_pool() { # [SECTORS]
	pool_sectors=${1:-128}
	{
		superblock_xml data_block_size="$pool_sectors" nr_data_blocks=64
		device_xml 1 22
		range_xml 0 0 21 0
		single_xml 30 40 0
		echo "  </device>"
		device_xml 2 20
		range_xml 0 0 6 0
		range_xml 6 50 5 1
		range_xml 16 16 5 0
		range_xml 25 32 3 1
		single_xml 30 60 1
		echo "  </device>"
		device_xml 3 0
		echo "  </device>"
		device_xml 4 21
		range_xml 5 0 21 0
		echo "  </device>"
		echo "</superblock>"
	} >pool.xml
	restored pool.xml pool.img 256K
	"$builddir/thinvol" fill pool.data $((64 * pool_sectors * 512)) 1 || fail "no data"
}
device_xml() { # ID MAPPED
	echo "  <device dev_id=\"$1\" mapped_blocks=\"$2\" transaction=\"0\" creation_time=\"0\"" \
		"snap_time=\"1\">"
}
# What a device of the pool reads as; as large as its last mapping unless told.
volume() { # ID FILE [SIZE]
	thin_dump --expand --dev-id "$1" "${volume_of:-pool.img}" >volume.xml ||
		fail "no mappings of $1"
	rm -f "$2"
	truncate -s "${3:-$(thin_send --json -n --metadata "${volume_of:-pool.img}" --thin "$1" |
		json | sed -n 's/^device_size //p')}" "$2"
	"$builddir/thinvol" "${volume_data:-pool.data}" "$2" <volume.xml || fail "no volume $1"
}
# A device of that pool as a stream on stdout.
sent() { # ID [OPTION]...
	sent_id=$1
	shift
	thin_send --metadata pool.img --data pool.data --thin "$sent_id" "$@" ||
		fail "thin_send --thin $sent_id $* fails"
}
