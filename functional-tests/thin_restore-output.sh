#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A restore writes only where it was told, once the XML is known to be good and to fit.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture snapshots
thin_dump -o in.xml snapshots.img
cp snapshots.img md.img

# Neither made nor made larger.
run_rejects thin_restore -i in.xml -o no-such-file
stderr_has "no-such-file: No such file or directory"
[ ! -e no-such-file ] || fail "an output was made"
blank md.img 4M
run_ok thin_restore -i in.xml -o md.img
[ "$(size_of md.img)" = 4194304 ] || fail "the size has changed"
# A size that is not a number of blocks: what is behind the last one stays.
head -c 4195000 /dev/zero | tr '\0' x >md.img
run_ok thin_restore -i in.xml -o md.img
[ "$(size_of md.img)" = 4195000 ] || fail "the size has changed"
[ "$(tail -c 696 md.img | tr -d x)" = "" ] || fail "the end has changed"
is_sound md.img

# Too small: it says how large is large enough, and that is true.
make_xml 3 400 >large.xml
size=1
for attempt in 1 2 3 4 5; do
	head -c $((size * 4096)) /dev/zero | tr '\0' x >small.img
	run thin_restore -i large.xml -o small.img
	[ "$status" != 0 ] || break
	[ "$status" = 1 ] || complain "wanted status 1"
	stderr_lines 1
	stderr_has "small.img: is too small: has $size blocks"
	stdout_is_empty
	wanted=$(sed -n 's/.*wanted [a-z ]*\([0-9]*\) .*/\1/p' err)
	[ "$wanted" -gt "$size" ] || complain "it does not want more"
	run_fails thin_check small.img
	size=$wanted
done
[ "$status" = 0 ] || complain "not even attempt $attempt is large enough"
is_sound small.img
blank small.img $(((size - 1) * 4096))
run_fails thin_restore -i large.xml -o small.img
stderr_has "has $((size - 1)) blocks"
stderr_has "wanted $size"
# Larger than there can be is used as far as it goes.
blank huge.img 17G
run_ok thin_restore -i in.xml -o huge.img
is_sound huge.img
[ "$(md get huge.img 0 192 8)" = 4161600 ] || fail "not the largest space map"
rm huge.img

# One file for both is refused, whatever it is called.
ln -s in.xml link
ln in.xml hard
for name in in.xml ./in.xml link hard; do
	unchanged in.xml run_rejects thin_restore -i in.xml -o $name
	unchanged in.xml run_rejects thin_restore -i $name -o in.xml
done
# shellcheck disable=SC2094 # the same file is the point
for name in - /dev/stdin; do
	unchanged in.xml run_rejects thin_restore -i $name -o in.xml <in.xml
done

# A mistake in the last line is found before the first write.
sed '$d' in.xml >cut.xml
cp snapshots.img md.img
unchanged md.img run_rejects thin_restore -i cut.xml -o md.img
# Its spool goes away, wherever it is.
mkdir spool
TMPDIR=$PWD/spool run_ok thin_restore -i in.xml -o md.img
TMPDIR=$PWD/spool run_fails thin_restore -i cut.xml -o md.img
rmdir spool || fail "something is left in \$TMPDIR"
# The spool is full or cannot be made: the output stays.
cp snapshots.img md.img
TMPDIR=$PWD/no/such/dir run thin_restore -i in.xml -o md.img
[ "$status" = 0 ] || same md.img snapshots.img

need_user
chmod 444 md.img
cp md.img was.img
[ "$(id -u)" != 0 ] || {
	run_rejects as_user thin_restore -i in.xml -o md.img
	stderr_has "md.img: Permission denied"
}
same md.img was.img
