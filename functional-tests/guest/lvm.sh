# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
#
# What the guest scripts with lvm2 share.  They get two arguments, the directory
# of our tools and the program made from ../tools/md.c, and one empty disk of 1
# GiB or more, $DISK0, for the volume group vg.
#
# lvm2 finds our tools behind scripts that keep a record of each call, and do what
# is in $calls/before and $calls/after if that is there.  The distribution's tools
# are out of reach: where they were, there is a program that always fails.
# shellcheck source=functional-tests/guest/lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

TOOLS=$1
MD=$2
calls=/tmp/calls
tmeta=/dev/mapper/vg-pool_tmeta
spare=/dev/mapper/vg-lvol0_pmspare
theirs=/usr/sbin/pdata_tools
export LVM_SYSTEM_DIR=/tmp/lvm LVM_SUPPRESS_FD_WARNINGS=1

# A line for each call, NAME WORD... = STATUS; an empty word is "".
record_calls() {
	mkdir -p $calls $LVM_SYSTEM_DIR
	forget
	for tool in thin_check thin_dump thin_repair; do
		cat >$calls/$tool <<-SCRIPT
			#!/bin/sh
			[ ! -e $calls/before ] || . $calls/before
			"$TOOLS/$tool" "\$@" 2>>$calls/errors.$tool
			status=\$?
			[ ! -e $calls/after ] || . $calls/after
			line=$tool
			for word; do line="\$line \${word:-\"\"}"; done
			echo "\$line = \$status" >>$calls/log
			exit \$status
		SCRIPT
		chmod +x $calls/$tool
	done
}
configure_lvm() { # the directory of the tools, or nothing: what lvm2 has by itself
	cat >$LVM_SYSTEM_DIR/lvm.conf <<-CONF
		devices {
			global_filter = [ "a#^/dev/ubd[a-p]\$#", "r#.*#" ]
			use_devicesfile = 0
			obtain_device_list_from_udev = 0
			external_device_info_source = "none"
		}
		activation {
			udev_sync = 0
			udev_rules = 0
			monitoring = 0
		}
		backup {
			backup = 0
			archive = 0
		}
		global {
			event_activation = 0
			use_lvmpolld = 0
			${1:+thin_check_executable = "$1/thin_check"}
			${1:+thin_dump_executable = "$1/thin_dump"}
			${1:+thin_repair_executable = "$1/thin_repair"}
		}
	CONF
}
# As lvm.conf has them, for one command.
check_options() { # WORD...
	words_option thin_check_options "$@"
}
words_option() { # NAME WORD...
	words_name=$1 words=
	shift
	for word; do
		words="$words${words:+,}\"$word\""
	done
	echo "global/$words_name=[$words]"
}

# Runs a command that must succeed, and says what it said if it does not.
ok() { # COMMAND...
	"$@" >/tmp/said 2>&1 || {
		cat /tmp/said $calls/log $calls/errors.* >&2
		fail "$* has failed"
	}
}
# ... and one that must fail, saying this.
refused() { # TEXT COMMAND...
	refused_text=$1
	shift
	! "$@" >/tmp/said 2>&1 || {
		cat /tmp/said $calls/log >&2
		fail "$* should have failed"
	}
	said "$refused_text"
}
said() { # TEXT
	grep -qF -e "$1" /tmp/said || {
		cat /tmp/said >&2
		fail "nothing was said of: $1"
	}
}
# What lvm2 has called since the last time.  It reads one line of a dump, which is
# longer than a pipe takes, so that the dump is cut off.
called() { # LINE...
	sed -i 's/lvol[0-9]*_pmspare/lvol0_pmspare/; /^thin_dump/s/ = [1-9][0-9]*$/ = cut off/' \
		$calls/log
	[ $# = 0 ] || printf '%s\n' "$@" | cmp -s - $calls/log || {
		diff $calls/log - >&2 <<-WANTED
			$(printf '%s\n' "$@")
		WANTED
		fail "these were not the calls"
	}
	[ $# != 0 ] || [ ! -s $calls/log ] || {
		cat $calls/log >&2
		fail "there should be no calls"
	}
	! grep . $calls/errors.thin_check $calls/errors.thin_dump >&2 || fail "not quiet"
	! grep -q ^thin_repair $calls/log || cp $calls/errors.thin_repair /tmp/warnings
	forget
}
forget() {
	for tool in thin_check thin_dump thin_repair; do
		: >$calls/errors.$tool
	done
	: >$calls/log
}
# What thin_repair has said when it was called last.
warned() { # TEXT
	grep -qF -e "$1" /tmp/warnings || {
		cat /tmp/warnings >&2
		fail "thin_repair has not said: $1"
	}
}

# A pool with a volume of files, a snapshot of it as it was before they changed,
# and a volume of many single blocks.  The truth about them is in /tmp/truth.
lvm_start() {
	modprobe dm-thin-pool
	mount --bind /bin/false $theirs
	record_calls
	configure_lvm $calls
	ok pvcreate -q --dataalignment 1m "$DISK0"
	ok vgcreate -q -s 1m vg "$DISK0"
	ok lvcreate -q -Zn --type thin-pool -L 400m --poolmetadatasize 4m -c 64k -n pool vg
	ok lvcreate -q -V 192m --thinpool pool -n files vg
	ok lvcreate -q -V 400m --thinpool pool -n rows vg
	mkdir -p /tmp/mnt
	mkfs.ext4 -q -E nodiscard /dev/vg/files
	mount /dev/vg/files /tmp/mnt
	seq 100000 | split -b 20k -a 3 - /tmp/mnt/file-
	dd if=/dev/urandom of=/tmp/mnt/random bs=1M count=8 status=none
	sync -f /tmp/mnt
	ok lvcreate -q -s -kn -n snap vg/files
	dd if=/dev/urandom of=/tmp/mnt/random bs=64k count=40 seek=50 conv=notrunc status=none
	rm /tmp/mnt/file-aa[a-m]
	umount /tmp/mnt
	"$BLOCKIO" write /dev/vg/rows 65536 3 1 '0+2000*2'
	truth_of_volumes >/tmp/truth
}
truth_of_volumes() {
	for volume in files snap; do
		ok mount -o ro,noload /dev/vg/$volume /tmp/mnt
		find /tmp/mnt -type f -exec sha256sum {} + | sort -k 2 |
			sha256sum | sed "s/-/$volume/"
		umount /tmp/mnt
	done
	"$BLOCKIO" sum 65536 /dev/vg/rows
}
# All of it is as it was.
is_as_before() {
	truth_of_volumes >/tmp/now
	diff /tmp/truth /tmp/now >&2 || fail "volumes have changed"
	case $(dmsetup status vg-pool-tpool) in
	*needs_check*) fail "the pool needs a check" ;;
	*" rw "*) ;;
	*) fail "the pool is not writable: $(dmsetup status vg-pool-tpool)" ;;
	esac
}

# The blocks of an inactive volume become /dev/mapper/raw, for writing.
raw_open() { # VOLUME
	lvs -a --noheadings --segments --units s --nosuffix \
		-o seg_start,seg_size,seg_pe_ranges "vg/$1" 2>/dev/null |
		awk '{ split($3, range, /[:-]/)
		       print $1, $2, "linear", range[1], 2048 * (1 + range[2]) }' |
		dmsetup create raw || fail "vg/$1 cannot be reached"
	raw=/dev/mapper/raw
}
raw_close() {
	dmsetup remove --retry raw
}
# Runs md on the inactive pool's metadata.
md() { # COMMAND [ARGUMENT]...
	md_command=$1
	shift
	raw_open pool_tmeta
	"$MD" "$md_command" $raw "$@" || fail "md $md_command has failed"
	raw_close
}
# Runs a command on the inactive pool's metadata, whose name comes last.
on_metadata() { # COMMAND...
	raw_open pool_tmeta
	"$@" $raw || fail "$* has failed"
	raw_close
}
