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
run_ok thin_repair --dry-run -i deep.img --report -
json <out >/dev/null || complain "wanted JSON alone"
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

# Nor is anything else overwritten by the report; it can be written or nothing is.
echo something >vg
for report in deep.img ./deep.img link out.img; do
	unchanged deep.img run_rejects thin_repair -i deep.img -o out.img --report $report
	stderr_has "$report: is the"
	unchanged out.img run_rejects thin_repair -i deep.img -o out.img --report $report
done
for option in '--dry-run' '--list-roots' '--transaction 0 --dry-run'; do
	# shellcheck disable=SC2086 # words
	unchanged deep.img run_rejects thin_repair $option -i deep.img --report deep.img
done
blank empty.img 16M
unchanged empty.img run_rejects thin_repair -i deep.img -o empty.img --report dir/no/file
echo "longer than what will be there" >report
head -c 65536 /dev/zero >>report
run_ok thin_repair --dry-run -i deep.img --report report
json <report >/dev/null || fail "the report is no JSON"
