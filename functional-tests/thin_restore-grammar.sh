#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A restore takes XML that means something, and refuses all else before it writes.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"
# Checks are at the end of pipelines here.
set -e

fixture basic as-was

device='  <device dev_id="1" mapped_blocks="2" transaction="0" creation_time="0" snap_time="1">'
mapping='    <range_mapping origin_begin="0" data_begin="0" length="2" time="0"/>'
end='  </device>
</superblock>'
plain=$(superblock_xml)
wanted="$plain
$device
$mapping
$end"
restored_as="$(printf '%s' "$wanted")"

# Takes stdin; what comes out is $restored_as, and sound.
takes() { # WHAT
	cat >in.xml
	blank md.img 4M
	unchanged in.xml run_ok thin_restore -i in.xml -o md.img
	stdout_is_empty
	cp err restore.err
	is_sound md.img
	run_ok thin_dump --expand md.img
	stdout_is "$restored_as"
	cp restore.err err
	ran="$1, from in.xml"
}
takes_quietly() {
	takes "$@"
	stderr_is_empty
}
takes_with_warning() { # WHAT TEXT...
	takes "$1"
	stderr_lines 1
	shift
	stderr_has "in.xml:"
	stderr_has "warning: "
	for takes_text; do
		stderr_has "$takes_text"
	done
	blank md.img 4M
	run_ok thin_restore -q -i in.xml -o md.img
	is_silent
}
# Refuses stdin, with the line and the words that say why.
refuses() { # LINE TEXT...
	cat >in.xml
	cp as-was md.img
	unchanged md.img run_fails thin_restore -i in.xml -o md.img
	stdout_is_empty
	stderr_lines 1
	case $1 in
	-) stderr_has "thin_restore: in.xml" ;;
	*) stderr_has "thin_restore: in.xml:$1: " ;;
	esac
	shift
	for refuses_text; do
		stderr_has "$refuses_text"
	done
	unchanged md.img run_fails thin_restore -q -i in.xml -o md.img
	is_silent
}
xml() { # LINE...
	printf '%s\n' "$@"
}

xml "$plain" "$device" "$mapping" "$end" | takes_quietly "what a dump looks like"
printf '%s' "$wanted" | takes_quietly "no newline at the end"
printf '%s\n' "$wanted" | sed 's/$/\r/' | takes_quietly "lines that end as elsewhere"
xml "$plain$device$mapping$end" | tr -d '\n' | takes_quietly "all on one line"
xml '<?xml version="1.0"?>' "$wanted" | takes_quietly "a declaration"
xml '<?xml version="1.0" encoding="UTF-8"?>' "$wanted" | takes_quietly "a declaration with encoding"
xml '<!-- one -->' "$plain" '<!-- <device> & two' '-->' "$device" '<!-- -->' "$mapping" "$end" \
	'<!-- three -->' | takes_quietly "comments"
xml "$plain" "$device" "${mapping%/>}></range_mapping>" "$end" | takes_quietly "an end tag"
printf '%s\n' "$wanted" | tr '"' "'" | takes_quietly "single quotes"
xml "$plain" "$device" "${mapping%/>}	 />" "$end" | takes_quietly "blanks"
xml "$plain" "$device" '<range_mapping time="0" length="2" data_begin="0"
	origin_begin="0" />' "$end" | takes_quietly "another order"
xml '<superblock uuid="" time="1" transaction="2" data_block_size="128" nr_data_blocks="1000000">' \
	"$device" "$mapping" "$end" | takes_quietly "no flags, no version"
xml "$(superblock_xml flags=1)" "$device" "$mapping" "$end" | takes_quietly "needs_check"
xml "$(superblock_xml version=1)" "$device" "$mapping" "$end" | takes_quietly "another version"
xml "$(superblock_xml uuid=0123456789abcdef metadata_snap=77)" "$device" "$mapping" "$end" |
	takes_quietly "a uuid and a metadata snapshot, which are not kept"
xml "$plain" '<def name="x">' "$mapping" '</def>' "$device" '<ref name="x"/>' "$end" |
	takes_quietly "def and ref"
xml "$plain" '<def name="&lt;x &amp; y&#62;">' "$mapping" '</def>' "$device" \
	'<ref name="&#x3c;x &amp; y&gt;"></ref>' "$end" | takes_quietly "escapes"
xml "$plain" '<def name="unused">' "$mapping" '</def>' "$device" "$mapping" "$end" |
	takes_with_warning "a def that nobody uses" unused "left out"

xml "$plain" "$(echo "$device" | sed 's/mapped_blocks="2"/mapped_blocks="7"/')" "$mapping" "$end" |
	takes_with_warning "a wrong number of blocks" mapped_blocks

# What comes out is different from what a dump looks like.
restored_as="$plain
$(echo "$device" | sed 's/mapped_blocks="2"/mapped_blocks="0"/')
$end"
xml "$plain" "$(echo "$device" | sed 's/mapped_blocks="2"/mapped_blocks="0"/; s|>$|/>|')" \
	'</superblock>' | takes_quietly "a device without content"
restored_as="$plain
</superblock>"
superblock_xml | sed 's|>$|/>|' | takes_quietly "a pool without content"
restored_as="$plain
$device
$mapping
  </device>
$(echo "$device" | sed 's/dev_id="1"/dev_id="9"/')
$mapping
$end"
xml "$plain" "$(echo "$device" | sed 's/dev_id="1"/dev_id="9"/')" "$mapping" '</device>' \
	"$device" "$mapping" "$end" | takes_quietly "devices in any order, with the same blocks"
xml "$plain" "$device" "$mapping" '</device>' '<def name="1">' "$mapping" '</def>' \
	"$(echo "$device" | sed 's/dev_id="1"/dev_id="9"/')" '<ref name="1"/>' "$end" |
	takes_quietly "a def between devices"
restored_as="$plain
$device
$(range_xml 18446744073709551613 0 2 0)
$end"
xml "$plain" "$device" "$(range_xml 18446744073709551613 0 2 0)" "$end" |
	takes_quietly "the last thin blocks there are"
restored_as="$(superblock_xml time=16777215)
$device
${mapping%%time=*}time=\"16777215\"/>
$end"
xml "$(superblock_xml time=16777215)" "$device" "${mapping%%time=*}time=\"16777215\"/>" "$end" |
	takes_quietly "the last time there is"

# One block for two places is for the user to know.
xml "$plain" "$device" '<single_mapping origin_block="0" data_block="5" time="0"/>' \
	'<single_mapping origin_block="1" data_block="5" time="0"/>' "$end" >in.xml
blank md.img 4M
run_ok thin_restore -i in.xml -o md.img
[ "$(md count md.img data 5)" = 2 ] || fail "it is not counted twice"

refuses - </dev/null
xml '' | refuses -
xml 'hello' | refuses 1
xml "$plain" "$device" "$mapping" '  </device>' | refuses -
printf '%s' "$plain" | refuses -
printf '%s' "$wanted" | head -c 300 | refuses -
xml "$wanted" "$wanted" | refuses 6
xml "$wanted" 'x' | refuses 6
xml "$plain" "$wanted" "</superblock>" | refuses 2 superblock
xml '<!DOCTYPE superblock>' "$wanted" | refuses 1 "document type"
xml '<!DOCTYPE x [<!ENTITY a "b">]>' "$wanted" | refuses 1 "document type"
xml "$plain" hello "$device" "$mapping" "$end" | refuses 2 text
xml "$plain" "$device" "$mapping 5" "$end" | refuses 3 text
xml "$plain" "$device" "$mapping" '<![CDATA[x]]>' "$end" | refuses 4
xml "$(superblock_xml no_such=1)" "$end" | refuses 1 no_such superblock
xml "$plain" "$device" "${mapping%/>} no_such=\"1\"/>" "$end" | refuses 3 no_such range_mapping
xml "$plain" "$device" "${mapping%/>} time=\"0\"/>" "$end" | refuses 3
xml "$plain" '<no_such/>' "$device" "$mapping" "$end" | refuses 2 no_such
xml "$plain" "$device" '<no_such/>' "$mapping" "$end" | refuses 3 no_such
xml "$plain" "$device" "$mapping" '</superblock>' '</device>' | refuses 4
xml "$plain" "$mapping" "$end" | refuses 2 range_mapping
xml "$device" "$mapping" '</device>' | refuses 1 device
xml "$plain" "$device" "$device" "$mapping" '</device>' "$end" | refuses 3 device
xml "$plain" "$device" "$mapping" '</device>' "$device" "$mapping" "$end" | refuses 5 dev_id 1
xml "$plain" "$device" '<single_mapping origin_block="5" data_block="0" time="0"/>' \
	'<single_mapping origin_block="4" data_block="1" time="0"/>' "$end" | refuses 4 origin_block
xml "$plain" "$device" "$mapping" '<single_mapping origin_block="1" data_block="9" time="0"/>' \
	"$end" | refuses 4 origin_block
xml "$plain" "$device" '<single_mapping origin_block="0" data_block="1000000" time="0"/>' "$end" |
	refuses 3 data_block
xml "$plain" "$device" '<range_mapping origin_begin="0" data_begin="999999" length="2" time="0"/>' \
	"$end" | refuses 3
xml "$plain" "$device" '<range_mapping origin_begin="0" data_begin="0" length="0" time="0"/>' \
	"$end" | refuses 3 length
for big in 18446744073709551615 18446744073709551614 9223372036854775808; do
	xml "$plain" "$device" "$(range_xml $big 0 2 0)" \
		'<single_mapping origin_block="5" data_block="9" time="0"/>' "$end" | refuses -
	xml "$plain" "$device" "$(range_xml 0 0 $big 0)" \
		"$end" | refuses 3
	xml "$plain" "$device" "$(range_xml 0 $big 2 0)" \
		"$end" | refuses 3
done
# Older tools dump a metadata snapshot like this.
xml "$(superblock_xml nr_data_blocks=0)" "$device" "$mapping" "$end" |
	refuses 3 "attribute nr_data_blocks: found 0, wanted at least 1"
# The last thin block is behind what a check takes for possible.
xml "$plain" "$device" "$(single_xml 18446744073709551615 0 0)" "$end" | refuses 3 origin_block
xml "$plain" "$device" "$(range_xml 18446744073709551614 0 2 0)" "$end" | refuses 3 length
xml "$plain" "$device" "${mapping%%time=*}time=\"16777216\"/>" "$end" |
	refuses 3 time
xml "$plain" "$(echo "$device" | sed 's/dev_id="1"/dev_id="16777216"/')" "$mapping" "$end" |
	refuses 2 dev_id
xml "$(superblock_xml time=16777216)" "$device" "$mapping" "$end" | refuses 1 time
xml "$(superblock_xml data_block_size=0)" "$end" | refuses 1 data_block_size
for size in 100 64 129 2097280 4294967424; do
	xml "$(superblock_xml data_block_size=$size)" "$device" "$mapping" "$end" |
		refuses 1 data_block_size
done
for number in -1 +1 0x1 '' ' 1' '1 ' 1.0 1e3 99999999999999999999 18446744073709551616; do
	xml "$(superblock_xml "transaction=$number")" "$device" "$mapping" "$end" |
		refuses 1 transaction
	xml "$plain" "$device" "$(single_xml "$number" 0 0)" \
		"$end" | refuses 3 origin_block
done
for attribute in uuid time transaction data_block_size nr_data_blocks; do
	xml "$(superblock_xml $attribute=-)" "$device" "$mapping" "$end" | refuses 1 $attribute
done
for attribute in dev_id mapped_blocks transaction creation_time snap_time; do
	xml "$plain" "$(echo "$device" | sed "s/ $attribute=\"[0-9]*\"//")" "$mapping" "$end" |
		refuses 2 $attribute
done
for attribute in origin_begin data_begin length time; do
	xml "$plain" "$device" "$(echo "$mapping" | sed "s/ $attribute=\"[0-9]*\"//")" "$end" |
		refuses 3 $attribute
done
xml "$plain" '<def name="x">' "$mapping" '</def>' "$device" '<ref name="y"/>' "$end" | refuses 6 y
xml "$plain" "$device" '<ref name="x"/>' '</device>' '<def name="x">' "$mapping" '</def>' \
	'</superblock>' | refuses 3 x
xml "$plain" '<def name="x">' "$mapping" '</def>' '<def name="x">' "$mapping" '</def>' "$device" \
	"$end" | refuses 5 x
xml "$plain" '<def>' "$mapping" '</def>' "$device" "$end" | refuses 2 name
xml "$plain" '<def name="x">' '<ref name="x"/>' '</def>' "$device" "$end" | refuses 3 ref
xml "$plain" '<def name="x">' '<def name="y">' '</def>' '</def>' "$device" "$end" | refuses 3 def
xml "$plain" '<def name="x">' "$mapping" '</def>' '<ref name="x"/>' "$device" "$end" | refuses 5 ref
xml "$plain" '<def name="x">' "$mapping" '</def>' "$device" '<ref name="x"/>' "$mapping" "$end" |
	refuses 7
xml "$plain" '<def name="x">' "$mapping" '</def>' "$device" '<ref name="x"/>' '<ref name="x"/>' \
	"$end" | refuses 7
printf '%s\n\0%s\n' "$plain" "$end" | refuses 2
printf '%s\n<!-- \377\376 -->\n%s\n%s\n%s\n' "$plain" "$device" "$mapping" "$end" | refuses 2
# Depth, breadth and size of what makes no sense.
{ yes '<device>' | head -n 100000; } | refuses 1
{ printf '<superblock '; head -c 3000000 /dev/zero | tr '\0' a; } | refuses 1
{ printf '<superblock uuid="'; head -c 3000000 /dev/zero | tr '\0' a; } | refuses -
