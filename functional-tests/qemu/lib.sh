# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC1091,SC2034,SC2100,SC2154,SC2086,SC2317 # parts of one program
#
# What uml-run and qemu-run have in common.  The including script sets "self"
# and defines usage, own_option and fstab_rw.  It calls parse, prepare and
# finish, and runs the guest between the last two.

die() {
	echo "$self: $*" >&2
	exit 125
}

# Options.  Those that only one kind of guest has go to own_option, which
# returns the number of words that it took, or 0.
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd) || exit 125
kernel='' modules='' mem='' limit='' log='' check='' verbose=''
disks=() rw=() ro=() append=() envs=() command=()

parse() {
	local took
	while [ $# -gt 0 ]; do
		own_option "$@"
		took=$?
		if [ $took -gt 0 ]; then
			[ $# -ge $took ] || die "$1 needs a value"
			shift $took
			continue
		fi
		case $1 in
		-c | --check) check=1; shift; continue ;;
		-v | --verbose) verbose=1; shift; continue ;;
		-h | --help) usage; exit 0 ;;
		--) shift; break ;;
		-*) [ $# -ge 2 ] || die "$1 needs a value" ;;
		*) break ;;
		esac
		case $1 in
		-k | --kernel) kernel=$2 ;;
		-m | --modules) modules=$2 ;;
		--mem) mem=$2 ;;
		-d | --disk) disks+=("$2") ;;
		-w | --rw) rw+=("$2") ;;
		--ro) ro+=("$2") ;;
		-t | --timeout) limit=$2 ;;
		-e | --env) envs+=("$2") ;;
		-a | --append) append+=("$2") ;;
		-l | --log) log=$2 ;;
		*) die "unknown option $1 (try --help)" ;;
		esac
		shift 2
	done
	[ $# -gt 0 ] || { usage >&2; exit 125; }
	command=("$@")
}

# Makes "run", the directory that the guest shares with us:
#   setup     variables for guest-init
#   fstab     what guest-init mounts
#   dev/      links for /dev, which udev would make
#   modprobe  for the kernel
# and, written by the guest, "ready", "status" and "report".
prepare() {
	local d n program

	program=$(type -P "${command[0]}") || die "no such program: ${command[0]}"
	command[0]=$(readlink -f "$program")
	case $(dirname "${command[0]}") in
	/tmp | /var/tmp | /run) command[0]=/run/host${command[0]} ;;
	esac
	for n in "${!rw[@]}"; do
		[ -d "${rw[n]}" ] || die "no such directory: ${rw[n]}"
		rw[n]=$(readlink -f "${rw[n]}")
	done
	[ ${#disks[@]} -le 16 ] || die "more than 16 disks"
	for n in "${!disks[@]}"; do
		d=${disks[n]%,ro}
		[ -f "$d" ] || [ -b "$d" ] || die "no such disk: $d"
		case $(readlink -f "$d") in
		*[,:[:space:]]*) die "bad character in the name of disk $d" ;;
		esac
		# "rw" or "ro", a colon, the name
		case ${disks[n]} in
		*,ro) disks[n]=ro:$(readlink -f "$d") ;;
		*) disks[n]=rw:$(readlink -f "$d") ;;
		esac
	done

	run=$(mktemp -d "${TMPDIR:-/tmp}/$self.XXXXXX") || exit 125
	pid=''
	trap cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP

	{
		printf 'command=('
		printf ' %q' "${command[@]}"
		printf ' )\ncwd=%q\ncheck=%q\n' "$PWD" "$check"
		for d in "${envs[@]}"; do
			printf 'export %q\n' "$d"
		done
	} >"$run/setup"

	mkdir "$run/dev"
	ln -s /proc/self/fd "$run/dev/fd"
	ln -s /proc/self/fd/0 "$run/dev/stdin"
	ln -s /proc/self/fd/1 "$run/dev/stdout"
	ln -s /proc/self/fd/2 "$run/dev/stderr"
	printf '#!/bin/sh\nexec /sbin/modprobe -d /run/guest "$@"\n' >"$run/modprobe"
	chmod +x "$run/modprobe"

	{
		echo "proc /proc proc"
		echo "sysfs /sys sysfs"
		echo "debugfs /sys/kernel/debug debugfs"
		echo "devpts /dev/pts devpts X-mount.mkdir"
		echo "tmpfs /dev/shm tmpfs mode=1777,X-mount.mkdir"
		# The host's tree stays visible at /run/host, also where the
		# guest has something of its own.
		echo "tmpfs /run tmpfs mode=755"
		echo "/ /run/host none bind,X-mount.mkdir"
		for d in /tmp /var/tmp; do
			[ -d "$d" ] && echo "tmpfs $d tmpfs mode=1777"
		done
		[ -d "$modules" ] &&
			fstab_line "/run/host$(readlink -f "$modules")" /run/guest/lib/modules bind
		for d in "$PWD" "$(dirname "${command[0]}")" "$here" "${ro[@]}"; do
			d=$(readlink -f "$d")
			case $d in
			/ | /tmp | /var/tmp | /run | /run/host/*) ;;
			*) fstab_line "/run/host$d" "$d" bind ;;
			esac
		done
		fstab_rw "$run" run
		for n in "${!rw[@]}"; do
			fstab_rw "${rw[n]}" "rw$n"
		done
	} >"$run/fstab"
}
fstab_line() { # WHAT WHERE OPTIONS [TYPE]
	printf '%s %s %s %s,X-mount.mkdir\n' \
		"${1//[[:space:]]/\\040}" "${2//[[:space:]]/\\040}" \
		"${4:-none}" "${3//[[:space:]]/\\040}"
}

cleanup() {
	trap - EXIT
	trap "" INT TERM HUP # timeout(1) sends it twice: to us, and to all of us
	[ -z "$pid" ] || end_guest 2>/dev/null
	rm -rf -- "$run"
}
end_guest() {
	kill -TERM "$pid" && wait "$pid"
}

# Takes the exit status of timeout(1), exits with the one for our caller.
# $run/console has the kernel log, $run/vmm.log what the host side said.
finish() {
	local rc=$1

	[ -z "$log" ] || cp -- "$run/console" "$log"
	if [ -r "$run/status" ]; then
		read -r rc <"$run/status"
	elif [ "$rc" = 124 ] || { [ "$rc" = 137 ] && [ $SECONDS -ge "$limit" ]; }; then
		echo "$self: stopped after $limit s" >&2
		rc=124
	else
		tail -n 5 "$run/vmm.log" >&2
		grep -aE -m 1 -A 30 'BUG:|Oops|Kernel panic' "$run/console" >&2 ||
			tail -n 20 "$run/console" >&2
		echo "$self: the guest did not finish (exit status $rc)" >&2
		rc=125
	fi
	if [ -n "$check" ] && [ "$rc" = 0 ]; then
		grep -aE -e 'BUG:|WARNING:|INFO: |Oops|UBSAN|ODEBUG|KASAN' \
			-e 'general protection|list_(add|del) corruption' \
			"$run/console" >>"$run/report"
		if [ -s "$run/report" ]; then
			cat "$run/report" >&2
			echo "$self: the kernel reported the above" >&2
			rc=99
		fi
	fi
	exit "$rc"
}
