#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sound metadata comes out as it was, in silence, and lvm2's way of calling works.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

for name in $fixtures; do
	fixture "$name" in.img
	blank out.img 16M
	unchanged in.img run_ok thin_repair "" -i in.img -o out.img
	is_silent
	is_sound out.img
	thin_dump in.img | sed 's/ flags="1"/ flags="0"/' >in.xml
	run_ok thin_dump out.img
	stdout_is_file in.xml
	run_ok thin_repair --strict -i out.img -o in.img
	is_silent
	run_ok thin_dump in.img
	stdout_is_file in.xml
done
