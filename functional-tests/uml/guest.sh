# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
#
# Host side of the guest scripts: for tests to include, after setting "uml" to
# the directory of this file.
#
#	uml=$srcdir/uml; . "$uml/guest.sh"
#	guest_need
#	guest_disks 4M 1G
#	guest basic >truth
#
# $BLOCKIO names the program made from guest/blockio.c; without it, it is
# compiled into the current directory.

# Skips the test if this machine cannot start guests.
guest_need() {
	for guest_tool in linux.uml dmsetup modprobe; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$guest_tool" >/dev/null || {
			echo "no $guest_tool: no guest"
			exit 77
		}
	done
	[ -z "${BLOCKIO:-}" ] || return 0
	BLOCKIO=$PWD/blockio
	[ -x "$BLOCKIO" ] || "${CC:-cc}" -O2 -o "$BLOCKIO" "$uml/../guest/blockio.c" || {
		echo "no compiler: no blockio"
		exit 77
	}
}

# Makes the empty disks $meta and $data, meta.img and data.img here by default.
guest_disks() { # META-SIZE DATA-SIZE
	rm -f "${meta:=meta.img}" "${data:=data.img}"
	truncate -s "$1" "$meta"
	truncate -s "$2" "$data"
}

# Runs a script of guest/, or one with an absolute name, on the disks $meta and, if it
# is there, $data.
guest() { # [UML-RUN-OPTION]... [--] SCRIPT [ARGUMENT]...
	guest_options=
	while :; do
		case $1 in
		--) shift; break ;;
		-v) guest_options="$guest_options $1"; shift ;;
		-*) guest_options="$guest_options $1 $2"; shift 2 ;;
		*) break ;;
		esac
	done
	guest_script=$1
	[ "${1#/}" != "$1" ] || guest_script=$uml/../guest/$1
	shift
	[ ! -e "${data:=data.img}" ] || guest_options="$guest_options -d $data"
	# shellcheck disable=SC2086 # words without blanks, see above
	"$uml/uml-run" -d "${meta:=meta.img}" $guest_options -e "BLOCKIO=$BLOCKIO" \
		--ro "$(dirname "$BLOCKIO")" -- "$guest_script" "$@"
}

# As guest, with its output in FILE, for scripts in which the distribution's kernel alone is
# at work: when that hangs it runs once more, on the disks as they were.
guest_twice() { # FILE [UML-RUN-OPTION]... [--] SCRIPT [ARGUMENT]...
	guest_output=$1
	shift
	for guest_disk in "$meta" "$data"; do
		[ -e "$guest_disk" ] || continue
		cp --sparse=always "$guest_disk" "$guest_disk.before" || return
	done
	guest_status=0
	guest -t "${GUEST_SECONDS:-100}" "$@" >"$guest_output" || guest_status=$?
	for guest_disk in "$meta" "$data"; do
		if [ ! -e "$guest_disk.before" ]; then
			:
		elif [ $guest_status = 124 ]; then
			mv "$guest_disk.before" "$guest_disk"
		else
			rm "$guest_disk.before"
		fi
	done
	[ $guest_status = 124 ] || return $guest_status
	guest "$@" >"$guest_output"
}
