# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Adds up what tests say of themselves in their last lines.  One that says that nothing has
# failed must have passed something, and have ended well.

passed=0 failed=0
said=$(mktemp "${TMPDIR:-/var/tmp}/check-kernel.XXXXXX") || exit 1
trap 'rm -f "$said"' EXIT

part() { # COMMAND...
	local last status

	echo "== ${KERNEL:-uml}${CPUS:+, $CPUS processors}: ${*##*/}"
	"$@" 2>&1 | tee "$said"
	status=${PIPESTATUS[0]}
	last=$(tail -n 1 "$said")
	if [[ $last =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
		passed=$((passed + BASH_REMATCH[1]))
		failed=$((failed + BASH_REMATCH[2]))
		if [ "${BASH_REMATCH[2]}" = 0 ] && [ "$status" != 0 ]; then
			echo "$1: status $status"
			failed=$((failed + 1))
		elif [ "${BASH_REMATCH[1]}${BASH_REMATCH[2]}" = 00 ]; then
			echo "$1: nothing was tried"
			failed=$((failed + 1))
		fi
	else
		echo "$1: no totals"
		failed=$((failed + 1))
	fi
}

total() { # NAME
	echo "$1: $passed passed, $failed failed"
	[ "$failed" = 0 ]
}

nothing_works() {
	failed=$((failed + 1))
	total kernel
	exit 1
}
