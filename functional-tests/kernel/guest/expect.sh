# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Counts what is as it should be.

passed=0 failed=0

expect() { # WHAT GOT WANTED
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		echo "FAIL  $1: got '$2', wanted '$3'"
		failed=$((failed + 1))
	fi
}
works() { # COMMAND...
	local words

	words=$("$@" 2>&1)
	expect "$*: $words" $? 0
}
refused() { # COMMAND...
	"$@" >/dev/null 2>&1
	expect "$* is refused" $? 1
}
