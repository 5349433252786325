#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installers attach all values and read one number, in bytes.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

# A superblock, a leaf for each 126 blocks, a root for each thin.
bytes() { # POOL-BYTES BLOCK-BYTES THINS
	echo $((4096 * (1 + ($1 / $2 + 125) / 126 + $3)))
}
for size in 1073741824 107374182400 1099511627776; do
	for block in 65536 131072 1048576; do
		for thins in 1 10 100 1000; do
			want=$(bytes $size $block $thins)
			[ "$want" -le $((33292800 * 512)) ] || fail "more than there can be"
			run_ok thin_metadata_size -n -ub -s${size}b -b${block}b -m$thins
			stderr_is_empty
			stdout_is "$want"
			# Without a unit it is sectors.
			run_ok thin_metadata_size -n -ub -s$((size / 512)) -b$((block / 512)) \
				-m$thins
			stdout_is "$want"
		done
	done
done
