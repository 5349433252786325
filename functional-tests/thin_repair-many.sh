#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Very many devices, damaged so that many are concerned: a repair takes a few times as long
# as that of all that is sound, and not hundreds of times.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

# Sanitizers change what costs how much; there it is about what they find.
if grep -q __asan_init "$bin/pdata_tools"; then
	limited='' alike=2400 rootless=5 sharing=2000
else
	limited=yes alike=12000 rootless=25 sharing=16000
fi

make_devices() { # NR MAPPED EACH: awk that prints what is in device i
	awk -v nr="$1" -v mapped="$2" "BEGIN {
		print \"<superblock uuid='' time='1' transaction='1' data_block_size='128'\" \\
			\" nr_data_blocks='6000000'>\"
		if (mapped > 300)
			print \"<def name='all'><range_mapping origin_begin='0' data_begin='0'\" \\
				\" length='100000' time='0'/></def>\"
		for (i = 0; i < nr; i++) {
			printf \"<device dev_id='%d' mapped_blocks='%d' transaction='0'\" \\
				\" creation_time='0' snap_time='1'>\", i, mapped
			$3
			print \"</device>\"
		}
		print \"</superblock>\"
	}"
}
entries() { # BLOCK NR: what the node with so many entries points to
	od -An -v -tu8 -w8 -j $(($1 * 4096 + 32 + 252 * 8)) -N $(($2 * 8)) in.img | tr -d ' '
}
# Seconds of a processor that a repair of in.img takes.
measure() {
	blank out.img 320M
	(
		run_ok thin_repair -i in.img -o out.img
		times >spent
	) || fail "it is not repaired: $(cat err)"
	sound=$(sed -n '2s/[ms]/ /gp' spent | awk '{ print 60 * ($1 + $3) + $2 + $4 }')
	[ "$sound" != 0 ] || fail "it took no time: $(cat spent)"
}
repairs() { # WHAT TIMES: at most so many times what in.img takes
	blank out.img 320M
	limit=$(echo "$sound $2" | awk '{ print int($1 * $2) + 2 }')
	(
		# shellcheck disable=SC3045 # dash has it
		[ -z "$limited" ] || ulimit -t "$limit"
		run_ok thin_repair --report report -i damaged.img -o out.img
	) || fail "$1: more than $limit seconds, $2 times that of a sound one, or it failed"
	is_sound out.img
	grep -q '"LOSS"\|"loss"' report || fail "$1: no word of a loss"
}

# The trees of all look the same.
make_devices $alike 300 'printf "<range_mapping origin_begin=\"0\" data_begin=\"%d\"" \
	" length=\"300\" time=\"1\"/>", 300 * i' >own.xml
restored own.xml in.img 320M
measure
top=$(md get in.img 0 320 8)
tops=$(entries "$top" 40)

# Those of five leaves of the top-level tree have lost their names.
cp in.img damaged.img
# shellcheck disable=SC2046 # words
md wipe damaged.img $(echo "$tops" | sed -n 2,6p)
repairs "lost names" 20

# These have lost their roots: any of so many leaves may be below any of them.
cp in.img damaged.img
roots=$(for leaf in $(echo "$tops" | sed -n 1,${rootless}p); do entries "$leaf" 240; done)
# shellcheck disable=SC2086 # words
md wipe damaged.img $roots
repairs "lost roots" 100

# All of them share what is lost.
make_devices $sharing 100001 'printf "<ref name=\"all\"/><single_mapping origin_block=\"200000\"" \
	" data_block=\"%d\" time=\"1\"/>", 100000 + i' >shared.xml
restored shared.xml in.img 320M
measure
first=$(md path in.img 0 0 | tail -n 1)
last=$(md path in.img 0 49000 | tail -n 1)
cp in.img damaged.img
# shellcheck disable=SC2046 # words
md wipe damaged.img $(seq "$first" "$last")
repairs "lost leaves" 14
