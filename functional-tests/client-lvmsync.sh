#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A program that names the metadata snapshot last finds only mappings below devices.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need xmllint
fixture held
block=$(md get held.img 0 56 8)

value() { # XPATH
	xmllint --xpath "$1" out 2>log || complain "not XML: $(cat log)"
}
run_ok thin_dump --format xml held.img --metadata-snap "$block"
stderr_is_empty
[ "$(value 'count(//device)')" = 4 ] || complain "wanted four devices"
[ "$(value 'count(//device/*[not(self::single_mapping or self::range_mapping)])')" = 0 ] ||
	complain "something else than mappings below a device"
[ "$(value 'count(/superblock/*[not(self::device)])')" = 0 ] ||
	complain "something else than devices"
# Devices 0 and 2 share all they have.
for pair in 0:500 1:200 2:500 3:0; do
	device="//device[@dev_id=${pair%:*}]"
	[ "$(value "string($device/@mapped_blocks)")" = "${pair#*:}" ] ||
		complain "device ${pair%:*} should have ${pair#*:} blocks"
	[ "$(value "count($device/single_mapping) + sum($device/range_mapping/@length)")" = \
		"${pair#*:}" ] || complain "not all mappings of device ${pair%:*}"
done
cp out words.xml

# It is the same as asking for it; others get what is shared once.
run_ok thin_dump --expand --metadata-snap="$block" held.img
stdout_is_file words.xml
run_ok thin_dump "--metadata-snap=$block" held.img
stdout_has '<ref '
run_ok thin_dump held.img -m "$block"
stdout_is_file words.xml

# The number is believed only if it is right.
run_fails thin_dump --format xml held.img --metadata-snap $((block + 1))
stdout_is_empty
stderr_has "not in block $((block + 1))"
run_rejects thin_dump --format xml --metadata-snap "$block" held.img
