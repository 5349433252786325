#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# With --strict a repair fails if a device is there by evidence alone, and not if nothing is in
# doubt: a volume and its snapshot may have changed places.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

build=$(dirname "$builddir")
[ -x "$build/bench/mkmeta" ] || skip "no $build/bench/mkmeta"
wipe() { # BLOCK...
	for block; do
		dd if=/dev/zero of=few.img bs=4096 seek="$block" count=1 conv=notrunc status=none
	done
}

"$build/bench/mkmeta" few few.img >/dev/null || fail "mkmeta"
unchanged few.img run_ok thin_repair --strict --dry-run -i few.img
stderr_is_empty

# A volume and eight snapshots, in two trees of which there is one version each.
run_ok thin_repair --list-roots -i few.img
# shellcheck disable=SC2046 # words
set -- $(awk '$1 == 0 { print $2, $3 }' out)

# Only the top-level tree: nine trees for nine names.
cp few.img all.img
wipe "$1"
run_ok thin_repair --dry-run -i few.img
[ "$(grep -c 'doubt: device .* found by evidence' err)" = 9 ] || complain "wanted nine doubts"
run thin_repair --strict --dry-run -i few.img
[ "$status" = 1 ] || complain "wanted status 1"
blank out.img 16M
run thin_repair --strict -i few.img -o out.img
[ "$status" = 1 ] || complain "wanted status 1"
is_sound out.img

# And no names either.
wipe "$2"
run_ok thin_repair --dry-run -i few.img
[ "$(grep -c 'doubt: device .* nothing says which device' err)" = 9 ] ||
	complain "wanted nine doubts"
run thin_repair --strict --dry-run -i few.img
[ "$status" = 1 ] || complain "wanted status 1"
