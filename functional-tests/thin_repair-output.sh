#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The output must be another file, must exist and be large enough; else it stays as it is.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture deep
ln -s deep.img link
for output in deep.img ./deep.img link; do
	unchanged deep.img run_rejects thin_repair -i deep.img -o $output
	stderr_has "is the input as well"
done
run_rejects thin_repair -i deep.img -o missing
stderr_has "missing"
[ ! -e missing ] || fail "an output was created"
mkdir dir
run_rejects thin_repair -i deep.img -o dir
run_rejects thin_repair -i deep.img -o /dev/null

# The size that it takes is told before anything is written, and is enough.
run_ok thin_repair --dry-run -i deep.img
stderr_is_empty
needed=$(sed -n 's/^metadata blocks needed: \([0-9]*\).*/\1/p' out)
[ "$needed" -gt 0 ] || complain "no size"
blank out.img $((needed * 4096))
run_ok thin_repair -i deep.img -o out.img
is_silent
is_sound out.img
blank small.img $(((needed - 1) * 4096))
echo something | dd of=small.img conv=notrunc status=none
unchanged small.img run_rejects thin_repair -i deep.img -o small.img
stderr_has "is too small: has $((needed - 1)) blocks"
stderr_has "wanted $needed"

# XML is no input, whatever the output.
thin_dump -o deep.xml deep.img
unchanged deep.xml run_rejects thin_repair -i deep.xml -o deep.xml
unchanged out.img run_rejects thin_repair -i deep.xml -o out.img
stderr_has XML
unchanged out.img run_rejects thin_repair -i deep.img -o out.img --report dir/no/file
