#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin_metadata_size refuses what no pool can be.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

refuses() { # TEXT OPTION...
	refuses_text=$1
	shift
	run_rejects thin_metadata_size "$@"
	stdout_is_empty
	stderr_has "$refuses_text"
}

refuses --block-size
refuses --pool-size -b64
refuses --max-thins -b64 -s128
refuses 'multiple of 64k' -b25 -s128 -m10
refuses 'multiple of 64k' -b0 -s128 -m10
refuses 'at most 1g' -b2g -s1t -m10
refuses 'at least one block' -b128 -s64 -m10
refuses 'at least one block' -b128 -s0 -m10
refuses '--unit' -b64k -s1g -m1 -uh
refuses '--unit' -b64k -s1g -m1 -u ''
refuses 'more than once' -b64k -s1g -m1 -n -n
refuses 'more than once' -b64k -s1g -m1 -nlong --numeric-only
refuses '--numeric-only' -b64k -s1g -m1 -nlongshort
refuses '--numeric-only' -b64k -s1g -m1 --numeric-only=medium
refuses 'extra operand' -b64k -s1g -m1 short
for size in '' -1 +1 1.5g 0x10 '1 g' g 1h 1kk; do
	refuses '--pool-size' -b64k -s "$size" -m1
	refuses '--max-thins' -b64k -s1g -m "$size"
done
refuses 'wanted less than 16 EiB' -b64k -s16e -m1
refuses 'wanted less than 16 EiB' -b64k -s1z -m1
refuses 'wanted less than 16 EiB' -b64k -s99999999999999999999 -m1
