#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sound metadata comes out as it was, in silence, and lvm2's way of calling works.
# Whether everything is looked for or nothing has to be, the result is the same.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

for name in $fixtures; do
	fixture "$name" in.img
	blank out.img 16M
	unchanged in.img run_ok thin_repair "" -i in.img -o out.img
	is_silent
	is_sound out.img
	transaction=$(thin_dump --skip-mappings in.img |
		sed -n '1s/.* transaction="\([0-9]*\)".*/\1/p')
	blank all.img 16M
	# What is told in place of the superblock's makes it look at everything.
	run_ok thin_repair --transaction-id "$transaction" --report all.json -i in.img -o all.img
	run_ok thin_repair --report new.json -i in.img -o out.img
	same new.json all.json
	same out.img all.img
	thin_dump in.img | sed 's/ flags="1"/ flags="0"/' >in.xml
	run_ok thin_dump out.img
	stdout_is_file in.xml
	run_ok thin_repair --strict -i out.img -o in.img
	is_silent
	run_ok thin_dump in.img
	stdout_is_file in.xml
done
