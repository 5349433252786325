# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Adds up what tests say of themselves in their last lines.  One that says that nothing has
# failed must have passed something, and have ended well.

passed=0 failed=0
parts=$(mktemp -d "${TMPDIR:-/var/tmp}/check-kernel.XXXXXX") || exit 1
trap 'rm -rf "$parts"' EXIT

title() { # COMMAND...
	echo "== ${KERNEL:-uml}${CPUS:+, $CPUS processors}: ${*##*/}"
}

part() { # COMMAND...
	title "$@"
	"$@" 2>&1 | tee "$parts/said"
	judge "${PIPESTATUS[0]}" "$1" <"$parts/said"
}

# Counts what a part has said on standard input.
judge() { # STATUS PROGRAM
	local last

	last=$(tail -n 1)
	if [[ $last =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
		passed=$((passed + BASH_REMATCH[1]))
		failed=$((failed + BASH_REMATCH[2]))
		if [ "${BASH_REMATCH[2]}" = 0 ] && [ "$1" != 0 ]; then
			echo "$2: status $1"
			failed=$((failed + 1))
		elif [ "${BASH_REMATCH[1]}${BASH_REMATCH[2]}" = 00 ]; then
			echo "$2: nothing was tried"
			failed=$((failed + 1))
		fi
	else
		echo "$2: no totals"
		failed=$((failed + 1))
	fi
}

# As part, for side_by_side to run.
waiting=0
later() { # COMMAND...
	printf '%s\0' "$@" >"$parts/$waiting.words"
	waiting=$((waiting + 1))
}

# Runs what waits, two at a time, as a guest keeps one processor busy.  What they say comes
# when they end, in one piece.
side_by_side() {
	local n=0 command pid status which
	local -A running=()

	trap 'trap "" TERM; kill 0; exit 1' INT TERM
	while [ $n -lt $waiting ] || [ ${#running[@]} != 0 ]; do
		if [ $n -lt $waiting ] && [ ${#running[@]} -lt 2 ]; then
			mapfile -d '' command <"$parts/$n.words"
			title "${command[@]}" | sed 's/$/: begins/'
			"${command[@]}" >"$parts/$n.said" 2>&1 &
			running[$!]=$n
			n=$((n + 1))
			continue
		fi
		wait -n -p pid "${!running[@]}"
		status=$?
		which=${running[$pid]}
		unset "running[$pid]"
		mapfile -d '' command <"$parts/$which.words"
		title "${command[@]}"
		cat "$parts/$which.said"
		judge $status "${command[0]}" <"$parts/$which.said"
	done
	trap - INT TERM
	waiting=0
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
