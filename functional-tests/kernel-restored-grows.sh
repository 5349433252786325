#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Restored metadata of a full pool works on when its devices grow, also within a bitmap.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

kernel_makes basic 2M 1G
thin_dump --expand -o all.xml meta.img
end=$(sed -n 's/.*data_begin="\([0-9]*\)" length="\([0-9]*\)".*/\1 \2/p
	s/.*data_block="\([0-9]*\)".*/\1 1/p' all.xml |
	awk '$1 + $2 > end { end = $1 + $2 } END { print end }')
[ "$end" -lt 8000 ] || fail "the data ends at $end, wanted it in the first bitmap"
sed "1s/nr_data_blocks=\"[0-9]*\"/nr_data_blocks=\"$end\"/" all.xml >full.xml
restored full.xml restored.img 2M
[ "$(md get restored.img 0 64 8)" = "$end" ] || fail "wanted $end data blocks"
is_sound restored.img
# The kernel finds a larger metadata device as well.
truncate -s 4M restored.img
kernel_takes restored.img
[ "$(md get restored.img 0 64 8)" = 16384 ] || fail "the data space map has not grown"
[ "$(md get restored.img 0 192 8)" = 1024 ] || fail "the metadata space map has not grown"
