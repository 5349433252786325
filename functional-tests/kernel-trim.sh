#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# After a trim of a kernel's pool all volumes are as they were, and unused blocks are gone.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_guest
# shellcheck disable=SC2034 # for guest
meta=meta.img data=none

# The lines of the output from one heading to the next.
part() { # HEADING
	awk -v heading="$1" '
		/^(live|before|dry run|trim|after)$/ { on = $0 == heading; next }
		on && !/^status|^thin_|^\/dev/' report
}
filled() { # HEADING
	awk -v heading="$1" '
		/^(live|before|dry run|trim|after)$/ { on = $0 == heading; next }
		on && /^\/dev/ { print $2 }' report
}
trims() { # GRANULARITY
	blank meta.img 4M
	guest -e THIN_BLOCKS=200 --ro "$bin" trim "$bin" "$1" -v >report 2>words ||
		fail "the guest trim failed: $(cat report words)"
	part before >truth.before
	part after >truth.after
	[ "$(wc -l <truth.before)" = 4 ] || fail "no truth: $(cat report)"
	same truth.before truth.after
	grep -q "Device or resource busy" words || fail "a live pool is not refused: $(cat words)"
	printf '%s\n' "status 1" "status 0" "status 0" "status 0" >wanted
	grep ^status report >statuses
	same wanted statuses
	[ "$(filled before)" = "$(filled 'dry run')" ] || fail "a dry run has discarded something"
	is_sound meta.img
	used=$(($(md get meta.img 0 72 8)))
}

# Whatever is unused goes, and nothing else.
trims 1
[ "$(filled before)" -gt "$used" ] || fail "there was nothing to trim: $(cat report)"
[ "$(filled after)" -le "$used" ] ||
	fail "$(filled after) blocks are filled, $used are in use"
grep -q "bytes at" words || fail "no ranges: $(cat words)"

# Units of 128 KiB: single blocks cannot be discarded.
trims 256
[ "$(filled after)" -lt "$(filled before)" ] || fail "nothing was discarded"
[ "$(filled after)" -gt "$used" ] || fail "parts of units were discarded"
grep -q "too little for the device" words || fail "no word of what is too small: $(cat words)"
awk '/bytes at/ && ($(NF - 3) % 131072 || $NF % 131072) { print; bad = 1 }
	END { exit bad }' words || fail "it does not begin or end at a unit"
