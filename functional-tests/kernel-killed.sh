#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# After a crash of the kernel nothing but leaks is found, and nothing is lost.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_guest
# shellcheck disable=SC2034 # for guest
meta=meta.img data=data.img

for seed in 1 2 3; do
	guest_disks 4M 1G
	cut=$(awk -v n="$(date +%N)" 'BEGIN { printf "%.2f", 0.1 + n % 97 / 100 }')
	guest --cut "$cut" killed $seed || fail "the guest did not run until it was killed"
	echo "killed after $cut s, seed $seed"
	unchanged meta.img run thin_check meta.img
	case $status in
	0) stderr_is_empty ;;
	1)
		stderr_has "leak: "
		grep -qE ': (fatal|repair|policy): ' err && complain "more than a leak"
		unchanged meta.img run_ok thin_check --ignore-non-fatal-errors meta.img
		;;
	*) complain "wanted status 0 or 1" ;;
	esac

	# What the kernel finds there is the truth.
	ids=$(thin_dump --skip-mappings meta.img | sed -n 's/.*<device dev_id="\([0-9]*\)".*/\1/p')
	# shellcheck disable=SC2086 # a list of numbers
	guest -e READ_ONLY=1 load-pool $ids >truth || fail "the kernel does not take it as it is"
	dump_and_restore
	[ $seed != 1 ] || {
		# Working with it changes the data.
		cp --sparse=always data.img data2.img
		cp meta.img repaired.img
	}
	kernel_takes restored.img
	[ $seed != 1 ] || {
		run_ok thin_check --auto-repair repaired.img
		is_sound repaired.img
		data=data2.img
		kernel_takes repaired.img
	}
	meta=meta.img data=data.img
done
