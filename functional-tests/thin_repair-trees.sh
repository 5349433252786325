#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Where the two trees that list devices differ, all that is newest stays, and the odd device is
# named; and where trees are older ones, it is told which devices and ranges are older.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

top_root() { # FILE
	md get "$1" 0 320 8
}
details_root() { # FILE
	md get "$1" 0 328 8
}
# What devices map, whatever their details are.
mappings_of() { # FILE
	thin_dump --expand "$1" | sed -E '1d; s/(dev_id="[0-9]+" mapped_blocks="[0-9]+").*/\1/'
}
wipe_superblock() { # FILE
	dd if=/dev/zero of="$1" bs=4096 count=1 conv=notrunc status=none
}
# All mappings are back; what was said is in err, and what the report has in found.
saves_all() { # [OPTION]...
	blank out.img 16M
	unchanged hit.img run_ok thin_repair "$@" --report report.json -i hit.img -o out.img
	json <report.json >found || complain "the report is no JSON"
	mappings_of out.img | cmp -s - before || complain "wanted all mappings back"
	! grep -q 'REPLACED\|"ROOTS"' report.json || complain "wanted nothing older"
	mv err said
	is_sound out.img
	mv said err
}
has_finding() { # CODE DEVICE
	grep -q "\"code\": \"$1\".*\"device\": $2," report.json || complain "no $1 of device $2"
}
# A node's last entry goes, or gets another key.
drop_last() { # BLOCK
	md set hit.img "$1" 16 4 $(($(md get hit.img "$1" 16 4) - 1))
}
last_id() { # BLOCK
	md get hit.img "$1" $((24 + 8 * $(md get hit.img "$1" 16 4))) 8
}
set_last_id() { # BLOCK ID
	md set hit.img "$1" $((24 + 8 * $(md get hit.img "$1" 16 4))) 8 "$2"
}
# Puts a copy of another block there, and makes it good.
put_copy() { # FROM TO
	dd if=md.img of=hit.img bs=4096 skip="$1" seek="$2" count=1 conv=notrunc status=none
	md set hit.img "$2" 8 8 "$2"
}

# Made by a kernel, of many transactions.
fixture killed md.img
mappings_of md.img >before
top=$(top_root md.img) details=$(details_root md.img)
cp md.img hit.img
last=$(last_id "$top")

drop_last "$details"
saves_all
has_finding DETAILS_OLDER "$last"
stderr_has "the two trees that list devices"
stderr_has "device $last: details come from an older transaction"
[ "$(grep -c DETAILS_ report.json)" = 1 ] || complain "wanted one device with other details"

cp md.img hit.img
drop_last "$top"
saves_all
has_finding DEVICE_FOUND "$last"
stderr_has "device $last: the device's mappings, in block "
[ "$(grep -c DEVICE_FOUND report.json)" = 1 ] || complain "wanted one device found"

for tree in "$top" "$details"; do
	cp md.img hit.img
	set_last_id "$tree" $((last + 1))
	saves_all
	has_finding DEVICE_NAMED "$last"
	stderr_has "device $last: one of the two trees that list devices has it as device"
	[ "$(grep -c '"class"' report.json)" = 1 ] || complain "wanted one finding"
done

# One of them is what it was when there was another number of devices.
fixture grown
cp md.img killed.img
for name in grown killed; do
	cp $name.img md.img
	mappings_of md.img >before
	thin_repair --list-roots -i md.img >list
	old=$(awk 'NR == 2 { now = $6 } NR > 2 && $6 != now && $6 > 1 { print $2, $3; exit }' list)
	[ -n "$old" ] || fail "no older pair of $name has other devices"
	cp md.img hit.img
	put_copy "${old% *}" "$(top_root md.img)"
	saves_all
	stderr_has "the two trees that list devices"
	cp md.img hit.img
	put_copy "${old#* }" "$(details_root md.img)"
	saves_all
	stderr_has "the two trees that list devices"
done

# A device that was deleted since is not in both, and nothing of it is missed.
fixture snapshots md.img
mappings_of md.img >before
thin_repair --list-roots -i md.img >list
cp md.img hit.img
put_copy "$(awk '$1 == 1 { print $3 }' list)" "$(details_root md.img)"
saves_all
has_finding DEVICE_DROPPED 30
# Both are lost: the older ones say what they are, and of which devices that matters.
cp killed.img hit.img
spoil_block hit.img "$top"
spoil_block hit.img "$details"
blank out.img 16M
run_ok thin_repair --report report.json -i hit.img -o out.img
stderr_has "device trees of an older transaction"
mappings_of killed.img >before
mappings_of out.img >after
differing() {
	! cmp -s before after || fail "the older trees are the same"
	for file in before after; do
		awk -v to="$file" '
			/<device/ { split($0, word, "\""); id = word[2] }
			{ print >(to "." id) }' "$file"
	done
	for file in before.*; do
		cmp -s "$file" "after.${file#*.}" || echo "${file#*.}"
	done
}
for id in $(differing); do
	has_finding REPLACED "$id"
	stderr_has "device $id: thin blocks "
done
sed -n 's/.*"REPLACED".*"device": \([0-9]*\),.*/\1/p' report.json | sort -u >told
differing | sort -u >differ
same differ told

# Many leaves of older mappings in the place of one node are told in one line, of that node.
cp grown.img hit.img
spoil_block hit.img "$(top_root hit.img)"
spoil_block hit.img "$(details_root hit.img)"
run_ok thin_repair --report report.json -i hit.img -o out.img
json <report.json >values || complain "this is not JSON"
value() { # CODE NAME: of each finding with the code
	sed -n "s/\.code $1$/.$2/p" values | while read -r path; do
		sed -n "s/^$path //p" values
	done
}
all_of() { # CODE
	echo "$(value "$1" device), $(value "$1" block), $(value "$1" mappings)"
}
nr=$(value OLDER mappings)
[ "$(grep -c '"OLDER", ' report.json)" = 1 ] || complain "wanted one range that is older"
[ "$nr" -gt 252 ] || complain "wanted more than one leaf holds"
[ "$(all_of OLDER)" = "$(all_of LOST)" ] || complain "wanted $(all_of LOST) to be older"
stderr_has "device $(value OLDER device): thin blocks $(value OLDER begin) to \
$(($(value OLDER end) - 1)): $nr mappings of an older transaction"
is_sound out.img
thin_dump --expand --dev-id "$(value OLDER device)" out.img >older.xml
[ "$(awk -F'"' -v begin="$(value OLDER begin)" -v end="$(value OLDER end)" '
	/single_mapping/ && $2 >= begin && $2 < end { nr++ }
	/range_mapping/ && $2 < end { nr += ($2 + $6 > end ? end : $2 + $6) - $2 }
	END { print nr }' older.xml)" = "$nr" ] || complain "wanted $nr mappings there"

# Neighbouring leaves that are lost are told each, but what is older there in one line.
fixture exhausted
cp exhausted.img hit.img
leaves=
for key in 0 300 600; do
	leaf=$(md path exhausted.img 1 $key | tail -n 1)
	spoil_block hit.img "$leaf"
	leaves="$leaves $leaf"
done
run_ok thin_repair --report report.json -i hit.img -o out.img
json <report.json >values || complain "this is not JSON"
[ "$(value OLDER block | paste -s -d ' ')" = "${leaves# }" ] || complain "wanted blocks $leaves"
[ "$(value OLDER begin | tail -n 2)" = "$(value OLDER end | head -n 2)" ] ||
	complain "wanted neighbours"
[ "$(grep -c ': older: ' err)" = 1 ] || complain "wanted one line of what is older"
nr=$(value OLDER mappings | awk '{ n += $1 } END { print n }')
stderr_has "older: device 1: thin blocks $(value OLDER begin | head -n 1) to \
$(($(value OLDER end | tail -n 1) - 1)): $nr mappings of an older transaction; newer ones are lost"
for leaf in $leaves; do
	stderr_has "lost with block $leaf, which "
done
# With a sound leaf between them there are two lines.
cp exhausted.img hit.img
for leaf in ${leaves% * *} ${leaves##* }; do
	spoil_block hit.img "$leaf"
done
run_ok thin_repair --report report.json -i hit.img -o out.img
[ "$(grep -c ': older: ' err)" = 2 ] || complain "wanted two lines of what is older"

# So many that their trees have several leaves, and no older ones.
make_thin_md md.img 600 40
mappings_of md.img >before
top=$(top_root md.img) details=$(details_root md.img)
for root in "$top" "$details"; do
	cp md.img hit.img
	spoil_block hit.img "$root"
	saves_all
	wipe_superblock hit.img
	saves_all --data-block-size 128
done
for root in "$top" "$details"; do
	cp md.img hit.img
	# Its second child; 20: how many keys there is room for.
	spoil_block hit.img \
		"$(md get hit.img "$root" $((40 + 8 * $(md get hit.img "$root" 20 4))) 8)"
	saves_all
	wipe_superblock hit.img
	saves_all --data-block-size 128
done
cp md.img hit.img
spoil_block hit.img "$top"
spoil_block hit.img "$details"
wipe_superblock hit.img
saves_all --data-block-size 128
