# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Adds up what tests say of themselves in their last lines.  One that says that nothing has
# failed must have passed something, and have ended well.  In the end there is a line for
# each: how long it took, and what it said.
#
# $LEAVE: tests of $here that are left out, of which the end tells as well.

passed=0 failed=0 lines=()
parts=$(mktemp -d "${TMPDIR:-/var/tmp}/check-kernel.XXXXXX") || exit 1
trap 'rm -rf "$parts"' EXIT

title() { # COMMAND...
	echo "${KERNEL:-uml}${CPUS:+, $CPUS processors}: ${*#"$here"/}"
}

# The test that COMMAND runs: its first word that is a path.
is_left_out() { # COMMAND...
	local word

	for word; do
		[[ $word != */* || $word == *=* ]] || break
	done
	[[ " ${LEAVE:-} " == *" ${word#"$here"/} "* ]] || return
	lines+=("$(printf '%7s  %s: left out' - "$(title "$@")")")
}

part() { # COMMAND...
	local begin=$SECONDS

	! is_left_out "$@" || return 0
	echo "== $(title "$@")"
	"$@" 2>&1 | tee "$parts/said"
	judge "${PIPESTATUS[0]}" $((SECONDS - begin)) "$@" <"$parts/said"
}

# Counts what a part has said on standard input.
judge() { # STATUS SECONDS COMMAND...
	local last status=$1 seconds=$2

	shift 2
	last=$(tail -n 1)
	if [[ $last =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
		passed=$((passed + BASH_REMATCH[1]))
		failed=$((failed + BASH_REMATCH[2]))
		if [ "${BASH_REMATCH[2]}" = 0 ] && [ "$status" != 0 ]; then
			last+=", but status $status"
			failed=$((failed + 1))
		elif [ "${BASH_REMATCH[1]}${BASH_REMATCH[2]}" = 00 ]; then
			last+=", as nothing was tried"
			failed=$((failed + 1))
		fi
	else
		last="no totals"
		failed=$((failed + 1))
	fi
	last=$(printf '%5d s  %s: %s' "$seconds" "$(title "$@")" "${last#*: }")
	echo "$last"
	lines+=("$last")
}

# As part, for side_by_side to run.
waiting=0
later() { # COMMAND...
	! is_left_out "$@" || return 0
	printf '%s\0' "$@" >"$parts/$waiting.words"
	waiting=$((waiting + 1))
}

# Runs what waits, two at a time, as a guest keeps one processor busy.  What they say comes
# when they end, in one piece.
side_by_side() {
	local n=0 command pid status which
	local -A running=() begun=()

	trap 'trap "" TERM; kill 0; exit 1' INT TERM
	while [ $n -lt $waiting ] || [ ${#running[@]} != 0 ]; do
		if [ $n -lt $waiting ] && [ ${#running[@]} -lt 2 ]; then
			mapfile -d '' command <"$parts/$n.words"
			echo "== $(title "${command[@]}"): begins"
			"${command[@]}" >"$parts/$n.said" 2>&1 &
			running[$!]=$n begun[$!]=$SECONDS
			n=$((n + 1))
			continue
		fi
		wait -n -p pid "${!running[@]}"
		status=$?
		which=${running[$pid]}
		unset "running[$pid]"
		mapfile -d '' command <"$parts/$which.words"
		echo "== $(title "${command[@]}")"
		cat "$parts/$which.said"
		judge $status $((SECONDS - begun[$pid])) "${command[@]}" <"$parts/$which.said"
	done
	trap - INT TERM
	waiting=0
}

total() { # NAME
	printf '%s\n' "== $1" "${lines[@]}"
	echo "$1: $passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
}

nothing_works() {
	failed=$((failed + 1))
	total kernel
	exit 1
}
