#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What lvm2 and its tests do with the tools works, without a pool.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

# ---- The version

# When it is built: the last word, two fields; below 0.3 it forgets its default.
version=$(thin_check -V 2>/dev/null)
version=${version##* }
major=${version%%.*} minor=${version#*.}
[ "$((major * 1000 + ${minor%%.*}))" -ge 3 ] || fail "version $version is below 0.3"
# When it runs: three numbers on the first line, at least 0.7.0.
thin_check -V | head -n 1 | awk -F . '
	!/^[0-9]+\.[0-9]+\.[0-9]+$/ || $1 * 1000000 + $2 * 1000 + $3 < 7000 { exit 1 }' ||
	fail "not three numbers, or below 0.7.0"
# In its tests: up to a dash, behind the last blank; at least 0.3.1.
version=$(thin_check -V)
version=${version%%-*}
echo "${version##* }" | awk -F . '$1 * 1000000 + $2 * 1000 + $3 < 3001 { exit 1 }' ||
	fail "version $version is below 0.3.1"
case $(thin_restore -V) in
0.[0-6]* | 0.7.0*) fail "thin_restore is too old for lvm2's tests" ;;
esac

# ---- The first line of a dump

# It reads a line of at most 4095 bytes, and a number behind the first 'transaction="'.
for pair in basic:5 deep:0; do
	fixture ${pair%:*}
	{
		thin_dump ${pair%:*}.img 2>err
		echo $? >status
	} | {
		IFS= read -r line
		echo "$line" >line
	}
	[ "$(wc -c <line)" -lt 4096 ] || fail "the first line is too long"
	line=$(cat line)
	id=${line#*transaction=\"}
	[ "${id%%\"*}" = ${pair#*:} ] || fail "$line: wanted transaction ${pair#*:}"
	[ ! -s err ] || fail "not quiet: $(cat err)"
done
[ "$(cat status)" != 0 ] || fail "a lost pipe is no success"

# ---- thin_repair with its default options, one empty word

fixture snapshots
blank spare.img snapshots.img
unchanged snapshots.img run_ok thin_repair "" -i snapshots.img -o spare.img
is_silent
is_sound spare.img
# Only an empty word is none.
unchanged spare.img run_rejects thin_repair " " -i snapshots.img -o spare.img

# ---- A volume becomes thin

# The XML comes from a file without a name, in its own style; the pool's first
# device is the whole volume.
superblock='<superblock uuid="" time="0" transaction="1" version="2" data_block_size="128"'
superblock="$superblock nr_data_blocks=\"16384\">"
device='<device dev_id="1" mapped_blocks="16384" transaction="0" creation_time="0" snap_time="0">'
mapping='<range_mapping origin_begin="0" data_begin="0" length="16384" time="0"/>'
to_thin() { # WORD...
	blank new.img 4M
	run_ok thin_restore "$@" -o new.img
	is_silent
	is_sound new.img
	run_ok thin_dump new.img
	sed -i '1s/ flags="0"//' out
	stdout_is "$superblock
  $device
    $mapping
  </device>
</superblock>"
}
printf '%s\n %s\n  %s\n %s\n%s' "$superblock" "$device" "$mapping" '</device>' '</superblock>' \
	>thick.xml
[ "$(tail -c 1 thick.xml)" = ">" ] || fail "there is a newline at the end"
to_thin -i thick.xml
to_thin "" -i thick.xml
exec 9<thick.xml
rm thick.xml
[ "$(readlink /proc/$$/fd/9 | sed 's/.* //')" = "(deleted)" ] || skip "no /proc as Linux has it"
to_thin -i "/proc/$$/fd/9"
to_thin "" -i "/proc/$$/fd/9"
exec 9<&-

# ---- Its tests

# XML by hand, without version and flags: thousands of devices, all of which map
# the same 30 blocks.
awk 'BEGIN {
	print "<superblock uuid=\"\" time=\"1\" transaction=\"2000\" data_block_size=\"128\"" \
		" nr_data_blocks=\"100\">"
	for (d = 1; d <= 2000; d++) {
		printf "\t<device dev_id=\"%d\" mapped_blocks=\"30\" transaction=\"0\" " \
			"creation_time=\"0\" snap_time=\"1\">\n", d
		print "\t\t<range_mapping origin_begin=\"0\" data_begin=\"0\" length=\"29\"" \
			" time=\"0\"/>"
		print "\t\t<single_mapping origin_block=\"29\" data_block=\"29\" time=\"0\"/>"
		print "\t</device>"
	}
	print "</superblock>"
}' >many.xml
restored many.xml many.img 16M
is_sound many.img
[ "$(md count many.img data 0)" = 3 ] || fail "2000 owners should be in the overflow tree"
run_ok thin_ls --no-headers -o DEV,MAPPED_BLOCKS,EXCLUSIVE_BYTES many.img
awk '$2 != 30 || $3 != 0 { bad = 1 } END { exit bad || NR != 2000 }' out ||
	complain "wanted 2000 devices with 30 shared blocks each"
blank spare.img many.img
unchanged many.img run_ok thin_repair -i many.img -o spare.img
is_sound spare.img
run_ok thin_dump --dev-id 2000 spare.img
stdout_has '<range_mapping origin_begin="0" data_begin="0" length="30" time="0"/>'

# One byte at 40960 becomes zero in what a kernel has made.
hit=0
for name in $fixtures; do
	fixture "$name"
	fixture "$name" damaged.img
	printf '\0' | dd of=damaged.img bs=1 seek=40960 conv=notrunc status=none
	cmp -s damaged.img "$name.img" && fail "$name: there was a zero"
	run thin_check -q damaged.img
	# In some there is nothing in that block.
	case $name:$status in
	fresh:1 | snapshots:1 | held:1 | exhausted:1 | killed:1) hit=$((hit + 1)) ;;
	*:0) ;;
	*) complain "$name: not expected" ;;
	esac
	blank spare.img damaged.img
	unchanged damaged.img run_ok thin_repair -i damaged.img -o spare.img
	is_sound_or_leaks spare.img
	unchanged damaged.img run_ok thin_dump --repair damaged.img
	sed '1s/flags="1"/flags="0"/' out >repaired.xml
	run_ok thin_dump spare.img
	stdout_is_file repaired.xml
	run_ok thin_dump "$name.img"
	sed -i '1s/flags="1"/flags="0"/' out
	stdout_is_file repaired.xml
done
[ $hit = 5 ] || fail "only $hit were damaged"
