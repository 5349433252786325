#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Nearly all of what damage did not hit comes back, and nothing is lost or wrong in silence.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

build=$(dirname "$builddir")
[ -x "$build/salvage" ] || skip "no $build/salvage"
[ -x "$build/bench/mkmeta" ] || skip "no $build/bench/mkmeta"

# CASES SEED FLOORS IMAGE...; what is wanted back is in functional-tests/salvage.c.
comes_back() {
	# shellcheck disable=SC2086 # a list of names
	run env SALVAGE_VERBOSE=1 SALVAGE_FLOORS="$3" "$build/salvage" "$1" "$2" $4
	grep -v missing: out >lines
	mv lines out
	[ "$status" = 0 ] || complain "wanted more back"
	grep '^all' out | grep -q ' 0 untold, *0 silent, *0 bad$' || complain "no score"
}

# Made by a kernel, with what older transactions have left: so small that 64
# blocks are a third of all that is in use, or half of it, both device trees
# and the superblock among them.  So rows of 64 have less; and where pairs of
# blocks have changed places and got good checksums there, or a parent's key and
# its child are damaged at once, what they held is not missed anywhere.
images=
for name in basic snapshots held grown deep killed exhausted; do
	fixture $name
	images="$images $name.img"
done
comes_back 320 11 "99.9 99.9 99.6 98.5  99.9 99.9 99.4 90" "$images"

# Made in one go: trees of three levels, and nine devices that share most.
"$build/bench/mkmeta" few few.img >/dev/null || fail "mkmeta"
comes_back 64 11 "99.9 99.9 99.9 99.9  99.9 99.9 99.9 99.9" few.img

# Large enough that 64 blocks are a small part of what is in use: with
# snapshots, and sixteen devices of one age of which no two share anything.
"$build/bench/mkmeta" few --size-mb 24 few.img >/dev/null || fail "mkmeta"
comes_back 32 14 "99.9 99.9 99.9 99.9  99.9 99.9 99.9 99.9" few.img

# Copies of inner nodes in the places of leaves, where a device has lost its root.
brings_back() { # PERCENT CASE IMAGE
	run env SALVAGE_CASE="$2" "$build/salvage" 1 1 "$3"
	sed -n 's/.* cases, *\([0-9.]*\) % back.*/\1/p' out >percent
	awk -v least="$1" '$1 >= least { good = 1 } END { exit !good }' percent ||
		complain "wanted $1 per cent back"
	grep -q ' 0 untold, *0 silent, *0 bad$' out || complain "lost or wrong, and not told"
}
brings_back 99.99 5:64:412973065891590912 few.img
brings_back 99.95 5:64:8479661465937707545 few.img
# The counts are lost along with roots, inner nodes, or the tree of the roots.
brings_back 99.95 5:64:17113689253996997946 few.img
brings_back 99.95 3:64:12784558358934934037 few.img
# A root and an inner node below it have changed places with other blocks.
brings_back 99.99 7:64:7613143469683645888 few.img
"$build/bench/mkmeta" big --size-mb 20 big.img >/dev/null || fail "mkmeta"
comes_back 32 22 "99.9 99.9 99.9 99.9  99.9 99.9 99.9 99.9" big.img
# Of two devices alike both roots are lost, but not all bytes of them.
brings_back 99.99 2:64:4875561546079346816 big.img
# Both device trees are lost, but not all bytes of the one that has the ids.
brings_back 99.99 1:64:15286616709232713316 big.img

# Copies that were taken for what they are copies of: no numbers say which is which.
told() { # CASE IMAGE
	run env SALVAGE_CASE="$1" SALVAGE_VERBOSE=1 "$build/salvage" 1 1 "$2"
	grep -q ' 0 untold, *0 silent, *0 bad$' out || complain "lost or wrong, and not told"
}
told 5:16:1475004674450365897 basic.img
told 5:16:12788880356871555518 snapshots.img
# A copy of a root in the place of a leaf, and the superblock is lost.
brings_back 99.99 5:16:8528033135552672741 deep.img
