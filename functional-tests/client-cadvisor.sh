#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A monitor that asks for two columns gets two numbers a line.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

# What each device has for itself: blocks that no other maps.
exclusive() { # IMAGE
	thin_dump -m --expand "$1" | awk -F '"' '
		/<device / { id = $2; ids[nr++] = id }
		/<range_mapping / { begin = $4; length_ = $6 }
		/<single_mapping / { begin = $4; length_ = 1 }
		/_mapping / {
			for (b = begin; b < begin + length_; b++) {
				if (!uses[b]++)
					owner[b] = id
				else
					owner[b] = ""
			}
		}
		END {
			for (b in owner)
				if (owner[b] != "")
					own[owner[b]]++
			for (i = 0; i < nr; i++)
				printf "%d %d\n", ids[i], own[ids[i]] * 65536
		}'
}
fixture held
run_ok thin_ls --no-headers -m -o DEV,EXCLUSIVE_BYTES held.img
stderr_is_empty
awk 'NF != 2 || /[^0-9 ]/ { exit 1 }' out || complain "wanted two numbers a line"
awk '{ print $1, $2 }' out >rows
exclusive held.img >wanted
same wanted rows
[ "$(awk '{ n += $2 } END { print n / 65536 }' rows)" = 200 ] || complain "wanted 200 blocks"
[ "$(wc -l <rows)" = 4 ] || complain "wanted four devices"

# A pool that has no metadata snapshot is an error that says what to do.
fixture basic
run_fails thin_ls --no-headers -m -o DEV,EXCLUSIVE_BYTES basic.img
stdout_is_empty
stderr_has reserve_metadata_snap
