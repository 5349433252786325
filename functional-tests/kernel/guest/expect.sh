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
# Until a process sleeps in the kernel, for as long as three looks at it take.
until_sleeps() { # PROCESS [STATE]
	local n seen=0 words

	for ((n = 0; n < 1000 && seen < 3; n++)); do
		sleep 0.1
		read -r -a words 2>/dev/null <"/proc/$1/stat" || break
		seen=$((seen + 1))
		[ "${words[2]}" = "${2:-D}" ] || seen=0
	done
	expect "process $1 sleeps" $seen 3
}
refused() { # COMMAND...
	"$@" >/dev/null 2>&1
	expect "$* is refused" $? 1
}
