#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A restore reads files, pipes, and files that have no name any more.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture deep
thin_dump -o in.xml deep.img

gives() { # what md.img must be now
	[ "$status" = 0 ] || complain "wanted status 0"
	is_silent
	run_ok thin_dump md.img
	stdout_is_file in.xml
	blank md.img 8M
}
blank md.img 8M
run thin_restore -i in.xml -o md.img
gives
run thin_restore --input in.xml --output=md.img
gives
run thin_restore -o md.img -i ./in.xml
gives
run thin_restore "" -i in.xml -o md.img
gives

run thin_restore -i - -o md.img <in.xml
gives
run thin_restore -i /dev/stdin -o md.img <in.xml
gives
for input in - /dev/stdin /dev/fd/0 /proc/self/fd/0; do
	thin_dump deep.img | thin_restore -i $input -o md.img >out 2>err
	status=$?
	ran="thin_dump | thin_restore -i $input"
	gives
done
mkfifo fifo
cat in.xml >fifo &
run thin_restore -i fifo -o md.img
wait
gives
# lvm2 hands over a file that it has deleted.
cp in.xml deleted.xml
exec 7<deleted.xml
rm deleted.xml
run thin_restore -i /proc/$$/fd/7 -o md.img
gives
exec 7<&-

# lvm2's own style: blanks, no flags, no newline at the end, one range.
lvm_device() { # ID BLOCKS
	printf ' <device dev_id="%d" mapped_blocks="%d" transaction="0" ' "$1" "$2"
	printf 'creation_time="0" snap_time="1">\n'
	printf '  <range_mapping origin_begin="0" data_begin="0" length="%d" time="0"/>\n' "$2"
	printf ' </device>\n'
}
{
	superblock_xml flags=- version=- nr_data_blocks=1600
	lvm_device 1 1600
	printf '</superblock>'
} >lvm.xml
run_ok thin_restore "" -i lvm.xml -o md.img
is_silent
is_sound md.img
# ... and thousands of devices with the same blocks.
{
	superblock_xml flags=- version=- transaction=2999
	for id in $(seq 1 3000); do
		lvm_device "$id" 37
	done
	echo '</superblock>'
} >many.xml
blank md.img 32M
run_ok thin_restore -i many.xml -o md.img
is_silent
is_sound md.img
run_ok thin_dump --expand md.img
[ "$(grep -c '<device ' out)" = 3000 ] || fail "not all devices are there"

# What cannot be read is not metadata's fault: the output stays.
cp md.img was.img
run_rejects thin_restore -o md.img
stderr_has "-i"
run_rejects thin_restore -i in.xml
stderr_has "-o"
run_rejects thin_restore -i "" -o md.img
run_rejects thin_restore -i in.xml -o ""
run_rejects thin_restore -i in.xml -o md.img extra
run_rejects thin_restore in.xml md.img
run_rejects thin_restore -i /proc/self/mem -o md.img
stderr_has "/proc/self/mem: "
head -c 100000 in.xml | run_fails thin_restore -i - -o md.img
same md.img was.img
need_user
cp in.xml secret.xml
chmod 600 secret.xml
chmod 666 md.img
[ "$(id -u)" != 0 ] || {
	run_rejects as_user thin_restore -i secret.xml -o md.img
	stderr_has "secret.xml: Permission denied"
}
same md.img was.img
