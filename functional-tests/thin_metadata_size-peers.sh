#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin_metadata_size prints what 1.1 prints, up to its words and small fractions.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_peer11
compare() { # OPTION...
	"$PEER11/thin_metadata_size" "$@" >theirs 2>/dev/null || fail "it refuses $*"
	thin_metadata_size "$@" >ours
	same ours theirs
}

for block in 64k 128 192k 1m 1g 65536b; do
	for pool in 2097152 5g 1t 7T 3p 123456789k; do
		for thins in 0 1 1000; do
			compare "-b$block" "-s$pool" "-m$thins"
			compare "-b$block" "-s$pool" "-m$thins" -n -ub
		done
	done
done
for unit in b s k m K M; do
	compare -b64k -s1t -m1000 -u$unit
	compare -b64k -s1t -m1000 -u$unit -n
	compare -b64k -s1t -m1000 -u$unit -n=short
	compare -b64k -s1t -m1000 -u$unit -n=long
done
