# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Adds up what tests say of themselves in their last lines.

passed=0 failed=0
said=$(mktemp "${TMPDIR:-/var/tmp}/check-kernel.XXXXXX") || exit 1
trap 'rm -f "$said"' EXIT

part() { # COMMAND...
	local last

	echo "== ${KERNEL:-uml}${CPUS:+, $CPUS processors}: ${*##*/}"
	"$@" 2>&1 | tee "$said"
	last=$(tail -n 1 "$said")
	if [[ $last =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
		passed=$((passed + BASH_REMATCH[1]))
		failed=$((failed + BASH_REMATCH[2]))
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
