#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thin_metadata_size prints a number in the forms that installers read.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

says() { # TEXT OPTION...
	says_text=$1
	shift
	run_ok thin_metadata_size "$@"
	stdout_is "$says_text"
	stderr_is_empty
}

says '1073232 sectors' -b64k -s1t -m1000
says '1073232 sectors' -b 64KiB -s 1tebibytes -m 1000
says '1073232 sectors' --block-size 65536b --pool-size=1099511627776b --max-thins 1000
says '1073232 sectors' -b128 -s2147483648 -m1000 -u sectors
says '524.04 mebibytes' -b64k -s1t -m1000 -u m
says '549.49 megabytes' -b64k -s1t -m1000 -u M
says '536616 kibibytes' -b64k -s1t -m1000 -ukibi
says '0.0004997625946998596 tebibytes' -b64k -s1t -m1000 -u t

# Numbers alone: every way to say it, with and without a value.
for n in -n --numeric-only --num; do
	says 1073232 -b64k -s1t -m1000 $n
	says 1073232 $n -b64k -s1t -m1000
	says 524.04m -b64k -s1t -m1000 -um $n short
	says 524.04mebibytes $n long -b64k -s1t -m1000 -um
done
for n in -nshort -n=short --numeric-only=short; do
	says 1073232s -b64k -s1t -m1000 $n
done
for n in -nlong -n=long --numeric-only=long; do
	says 1073232sectors $n -b64k -s1t -m1000
done
# As callers have it.
says 536616 -b65536b -s1099511627776b -m1000 -n -uk
says 549494784 -n -ub -s1099511627776b -b65536b -m1000

# A superblock, half-full leaves, and a root for each thin.
says '16 sectors' -b128 -s128 -m0
says '16 sectors' -b128 -s16128 -m0
says '16 sectors' -b128 -s16255 -m0
says '24 sectors' -b128 -s16256 -m0
says '32 sectors' -b128 -s16256 -m1
says '8000080 sectors' -b1g -s1t -m1M
# No pool uses more.
says '33292800 sectors' -b64k -s100t -m1
says '33292800 sectors' -b64k -s15e -m18446744073709551615
