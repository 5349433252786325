#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A backup program that scans dumps and deltas in a fixed order reads all of them.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

scan() { # delta|dump|flags FILE
	"$builddir/scanner" "$1" <"$2" >scanned || fail "$1 cannot be scanned: $(cat "$2")"
}
# "BEGIN LENGTH" or "BEGIN DATA LENGTH" a line becomes a line for each block.
blocks() {
	awk '{ for (i = 0; i < $NF; i++) print $1 + i, (NF > 2 ? $2 + i : "") }'
}
# Writes "BLOCK DATA" lines, as the dump of the device has them.
mapped() { # ID FILE OPTION... IMAGE
	mapped_id=$1 mapped_to=$2
	shift 2
	run_ok thin_dump "$@" --dev-id "$mapped_id"
	stderr_is_empty
	scan dump out
	cp scanned dumped
	scan flags out
	same dumped scanned
	sed 1d dumped | blocks >"$mapped_to"
	# What the device says of itself is what came.
	awk 'NR == 1 { want = $3; next } { have += $3 } END { exit have != want }' dumped ||
		fail "device $mapped_id does not map what it says"
}
# What the delta of two devices has to say of each block, from their dumps.
compare() { # LEFT-FILE RIGHT-FILE
	awk '
		FNR == NR { left[$1] = $2; next }
		!($1 in left) { print "right_only", $1; next }
		{ print left[$1] == $2 ? "same" : "different", $1; delete left[$1] }
		END { for (b in left) print "left_only", b }' "$1" "$2" | sort
}
compares() { # LEFT RIGHT SIZE-OF-BLOCKS DATA-BLOCKS OPTION... IMAGE
	left=$1 right=$2 first="delta $1 $2 $3 $4"
	shift 4
	run_ok thin_delta "$@" --snap1 "$left" --snap2 "$right"
	stderr_is_empty
	scan delta out
	[ "$(head -n 1 scanned)" = "$first" ] || complain "wanted $first: $(head -n 1 scanned)"
	sed 1d scanned | awk '{ for (i = 0; i < $3; i++) print $1, $2 + i }' | sort >told
	mapped "$left" left.blocks "$@"
	mapped "$right" right.blocks "$@"
	# A file with nothing in it would not be told from the other.
	[ -s left.blocks ] || echo "none" >left.blocks
	compare left.blocks right.blocks | grep -vx 'left_only none' >wanted
	same wanted told
	cut -d ' ' -f 1 wanted >>kinds
}

# The metadata snapshot of a pool, and pools that are not in use.
fixture held
compares 0 2 128 16384 -m held.img
compares 2 0 128 16384 -m held.img
compares 0 1 128 16384 -m held.img
compares 1 3 128 16384 -m held.img
compares 1 4 128 16384 held.img
for name in basic deep snapshots grown; do
	fixture $name
	blocks=$(thin_dump --skip-mappings $name.img |
		sed -n '1s/.*nr_data_blocks="\([0-9]*\)".*/\1/p')
	cut -d ' ' -f 1 "$(fixture_truth $name)" >ids
	before=$(tail -n 1 ids)
	while read -r id; do
		[ "$name" = basic ] || [ "$id" -lt 4 ] || continue
		compares "$before" "$id" 128 "$blocks" $name.img
		before=$id
	done <ids
done

[ "$(sort -u kinds | tr '\n' ' ')" = "different left_only right_only same " ] ||
	fail "not all kinds were there: $(sort -u kinds)"

# Also when a check is needed: the delta has no flags, the dump has 1.
fixture needs-check
thin_dump needs-check.img | grep -q 'flags="1"' || fail "no flags to see"
run_ok thin_delta --thin1 0 --thin2 0 needs-check.img
scan delta out
run_ok thin_dump --dev-id 0 needs-check.img
scan flags out

# The largest numbers just fit: 20 digits.
{
	superblock_xml time=16777215 transaction=18446744073709551615
	echo '  <device dev_id="16777215" mapped_blocks="1" transaction="18446744073709551615"' \
		'creation_time="16777215" snap_time="16777215">'
	single_xml 18446744073709551614 7 1
	printf '  </device>\n</superblock>\n'
} >big.xml
restored big.xml big.img 4M
run_ok thin_dump --dev-id 16777215 big.img
scan flags out
grep -qx '18446744073709551614 7 1' scanned || complain "wanted the last block"
stdout_has 'transaction="18446744073709551615"'

# The scanner is as narrow as it should be.
rejects() { # delta|dump SED-COMMAND
	sed "$2" "$1.xml" >spoilt.xml
	! cmp -s spoilt.xml "$1.xml" || fail "nothing was changed: $2"
	! "$builddir/scanner" "$1" <spoilt.xml >/dev/null 2>&1 || fail "the scanner takes $2"
}
fixture held
thin_dump -m --dev-id 1 held.img >dump.xml
thin_delta -m --snap1 0 --snap2 1 held.img >delta.xml
for change in '1s/^/<?xml version="1.0"?>/' '1s/^/<!-- -->/' "s/\"/'/g" \
	'1s/ time=\(.*\) transaction="0"/ transaction="0" time=\1/' \
	'1s/nr_data_blocks/metadata_snap="1" nr_data_blocks/' \
	'1s/="128"/="000000000000000000128"/' \
	's/<.superblock>//'; do
	rejects dump "$change"
	rejects delta "$change"
done
rejects delta '1s/ data_block/ flags="0" data_block/'
rejects dump '2s/^/<def name="1"><\/def>/'
rejects dump '4s/^/<ref name="1"\/>/'
run_ok thin_dump -m held.img
! "$builddir/scanner" dump <out >/dev/null 2>&1 || fail "several devices are none"
