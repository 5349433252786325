#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin_rmap prints all that others print; where leaves are shared, more.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

# A line for each block, as others may have cut runs short.
blocks() {
	sed 's/[^0-9][^0-9]*/ /g; s/^ //' |
		awk '{ for (i = 0; i < $2 - $1; i++) print $1 + i, $3, $4 + i }' | sort
}
compare() { # THIN_RMAP
	for name in $fixtures; do
		fixture "$name"
		"$1" --region 0..100 --region 90..3000 "$name.img" 2>/dev/null | blocks >theirs
		thin_rmap --region 0..100 --region 90..3000 "$name.img" | blocks >ours
		comm -23 theirs ours >missing
		[ ! -s missing ] || fail "$name: not found: $(head -n 3 missing)"
	done
	# Nothing is shared here, so nothing may be added.
	make_thin_md md.img 5 400
	"$1" --region 0..700 --region 900..1200 md.img 2>/dev/null | sort >theirs
	thin_rmap --region 0..700 --region 900..1200 md.img | sort >ours
	same ours theirs
}

nr=0
if (need_peer09 >/dev/null); then
	need_peer09
	compare "$peer09/thin_rmap"
	nr=1
fi
if (need_peer11 >/dev/null); then
	need_peer11
	compare "$PEER11/thin_rmap"
	nr=$((nr + 1))
fi
[ $nr -gt 0 ] || skip "no other thin_rmap"
