#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Very many devices, damaged so that many are concerned: a repair takes seconds, not hours.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

limit=15 # seconds of processor time; without bounds each of these takes more

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
repairs() { # WHAT
	rm -f out.img
	blank out.img 320M
	(
		# shellcheck disable=SC3045 # dash has it
		ulimit -t $limit
		run_ok thin_repair --report report -i damaged.img -o out.img
	) || fail "$1: more than $limit seconds, or it failed"
	is_sound out.img
	grep -q '"LOSS"\|"loss"' report || fail "$1: no word of a loss"
}

# The trees of all look the same.
make_devices 12000 300 'printf "<range_mapping origin_begin=\"0\" data_begin=\"%d\"" \
	" length=\"300\" time=\"1\"/>", 300 * i' >own.xml
restored own.xml in.img 320M
top=$(md get in.img 0 320 8)
tops=$(entries "$top" 40)

# Those of five leaves of the top-level tree have lost their names.
cp in.img damaged.img
# shellcheck disable=SC2046 # words
md wipe damaged.img $(echo "$tops" | sed -n 2,6p)
repairs "lost names"

# These have lost their roots: any of so many leaves may be below any of them.
cp in.img damaged.img
# shellcheck disable=SC2046 # words
md wipe damaged.img $(for leaf in $(echo "$tops" | sed -n 1,15p); do entries "$leaf" 240; done)
repairs "lost roots"

# All of them share what is lost.
make_devices 9000 100001 'printf "<ref name=\"all\"/><single_mapping origin_block=\"200000\"" \
	" data_block=\"%d\" time=\"1\"/>", 100000 + i' >shared.xml
restored shared.xml in.img 320M
first=$(md path in.img 0 0 | tail -n 1)
last=$(md path in.img 0 49000 | tail -n 1)
cp in.img damaged.img
# shellcheck disable=SC2046 # words
md wipe damaged.img $(seq "$first" "$last")
repairs "lost leaves"
