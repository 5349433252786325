#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each device is told how many of its mappings damage has taken, also below
# nodes that are shared.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

mappings() { # NUMBER-OF-DEVICE: as the dump of the sound pool has them
	thin_dump --dev-id "$1" sound.img |
		sed -n -e 's/.*<single_mapping .*/1/p' \
			-e 's/.*<range_mapping .* length="\([0-9]*\)".*/\1/p' |
		awk '{ n += $1 } END { print n + 0 }'
}
for name in basic deep snapshots; do
	fixture $name
	mv $name.img sound.img
	thin_dump --expand sound.img >sound.xml
	# The first mapping of all, and the leaf that it is in.
	dev=$(awk -F'"' '/<device/ { id = $2 } /_mapping / { print id; exit }' sound.xml)
	key=$(awk -F'"' '/_mapping / { print $2; exit }' sound.xml)
	leaf=$(md path sound.img "$dev" "$key" | tail -n 1)
	# What the leaf had: the entries are counted in its header.
	nr=$(md get sound.img "$leaf" 16 4)
	all=$(mappings "$dev")
	cp sound.img hit.img
	spoil_block hit.img "$leaf"
	run_fails thin_check hit.img
	stderr_has "lost: device $dev: $nr of $all mappings"
	run_fails thin_check --json hit.img
	stdout_has "{\"device\": $dev, \"mappings_found\": $((all - nr)), \"mappings_lost\": $nr}"
done
