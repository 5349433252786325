#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An undo file brings every byte back, to the device that it is for and to no other.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

refuses() { # FILE UNDO TEXT
	unchanged "$1" run_rejects thin_check --apply-undo "$2" "$1"
	stderr_has "$3"
}

for name in basic held killed needs-check; do
	for option in --rebuild-space-maps --auto-repair --clear-needs-check-flag; do
		fixture $name as-was
		case $name-$option in
		*-rebuild*) spoil_block as-was "$(md get as-was 0 208 8)" ;;
		killed-*) ;;
		needs-check-*) ;;
		*) md leak as-was data 40 >/dev/null ;;
		esac
		cp as-was md.img
		rm -f md.undo
		run_ok thin_check $option --undo md.undo md.img
		is_sound md.img
		cp md.img done.img
		[ "$(stat -c %a md.undo)" = 600 ] || fail "others may read it"
		unchanged md.undo run_ok thin_check --apply-undo md.undo md.img
		stderr_has "is as it was before the repair"
		same as-was md.img
		unchanged md.img run_ok thin_check --apply-undo md.undo md.img
		stderr_has "nothing to undo"
		# A new file is not written over an old one.
		unchanged md.img run_rejects thin_check $option --undo md.undo md.img
		stderr_has ": is there already, wanted a new undo file"
		# The same repair does the same again.
		run_ok thin_check -q $option --undo again.undo md.img
		is_silent
		same done.img md.img
		same md.undo again.undo
		rm again.undo
		run_ok thin_check -q --apply-undo md.undo md.img
		is_silent
		same as-was md.img
	done
done

# Nothing to do: no file.
fixture basic
unchanged basic.img run_ok thin_check --auto-repair --undo none.undo basic.img
stderr_has "there is no undo file"
unchanged basic.img run_ok thin_check --rebuild-space-maps --undo none.undo basic.img
spoil_block basic.img "$(md path basic.img 0 0 | tail -n 1)"
unchanged basic.img run_fails thin_check --rebuild-space-maps --undo none.undo basic.img
unchanged basic.img run_fails thin_check --auto-repair --undo none.undo basic.img
[ ! -e none.undo ] || fail "there is an undo file"
unchanged basic.img run_rejects thin_check --undo none.undo basic.img
stderr_has "--undo needs"
for option in --auto-repair --rebuild-space-maps --clear-needs-check-flag -m --json --explain \
	--skip-mappings "--undo x"; do
	# shellcheck disable=SC2086 # words
	unchanged basic.img run_rejects thin_check --apply-undo md.undo $option basic.img
done

# Undo files that are not whole.
fixture held as-was
spoil_block as-was "$(md get as-was 0 208 8)"
cp as-was md.img
rm md.undo
run_ok thin_check --rebuild-space-maps --undo md.undo md.img
size=$(size_of md.undo)
for cut in 1 4096 $((size - 4096)); do
	cp md.undo bad.undo
	truncate -s -$cut bad.undo
	refuses md.img bad.undo "is not whole"
done
cp md.undo bad.undo
truncate -s +4096 bad.undo
refuses md.img bad.undo "is not whole"
truncate -s 1000 bad.undo
refuses md.img bad.undo "is no undo file"
truncate -s 0 bad.undo
refuses md.img bad.undo "was not finished"
# As it is when making it is interrupted: the start comes last.
cp md.undo bad.undo
dd if=/dev/zero of=bad.undo bs=4096 count=1 conv=notrunc 2>/dev/null
refuses md.img bad.undo "was not finished"
for at in 20 30 40 4000 4096 4120 10096 $((size - 5)) $((size - 5000)); do
	cp md.undo bad.undo
	printf '\325' | dd of=bad.undo bs=1 seek="$at" conv=notrunc 2>/dev/null
	refuses md.img bad.undo "bad.undo: "
done
refuses md.img md.img "is no undo file"
refuses md.img missing.undo "No such file"
refuses md.img . "irectory"

# Other devices: of another size, with other metadata, and used since.
cp md.img other.img
truncate -s +4096 other.img
refuses other.img md.undo "is for a device of"
make_thin_md other.img 3 300 4M
refuses other.img md.undo "of the device is neither"
restored other.img.xml other.img md.img
refuses other.img md.undo "of the device is neither"
fixture snapshots other.img
refuses other.img md.undo "block 0 of the device is neither"
cp md.img other.img
md set other.img 0 48 8 999
refuses other.img md.undo "block 0 of the device is neither"
cp md.img other.img
spoil_block other.img "$(md get other.img 0 208 8)"
refuses other.img md.undo "of the device is neither"
# A good copy is as good as the device.
cp md.img copy.img
run_ok thin_check --apply-undo md.undo copy.img
same as-was copy.img

# It cannot be made: nothing is written.
cp as-was md.img
for option in --rebuild-space-maps --auto-repair; do
	[ $option = --rebuild-space-maps ] || {
		fixture killed md.img
	}
	unchanged md.img run_fails thin_check $option --undo none/md.undo md.img
	stderr_has "none/md.undo: cannot be written: No such file or directory"
	[ "$(id -u)" = 0 ] || continue
	mkdir -p small
	mount -t tmpfs -o size=16k tmpfs small 2>/dev/null || continue
	unchanged md.img run thin_check $option --undo small/md.undo md.img
	left=$(ls small)
	umount small
	[ "$status" = 1 ] || complain "wanted status 1"
	stderr_has "small/md.undo: cannot be written: No space left on device"
	[ -z "$left" ] || fail "it left $left there"
done

# Whatever ends it, there is all of the file or none; none, and nothing else was written.
need_strace
calls=pwrite64,fsync,linkat
# Some file systems have no nameless files.
nameless=yes
files_can nameless || nameless=
for proc in $nameless no; do
	nr=0
	while :; do
		nr=$((nr + 1))
		rm -rf there
		mkdir there
		cp as-was md.img
		inject=
		# Where a file without a name could get none in the end.
		[ "$proc" = yes ] || inject="-e inject=?access,?faccessat:error=ENOENT"
		status=0
		# shellcheck disable=SC2086 # words
		strace -f -qq -o log -e "trace=$calls,?access,?faccessat" $inject \
			-e "inject=$calls:signal=KILL:when=$nr" thin_check -q \
			--rebuild-space-maps --undo there/md.undo md.img >out 2>err || status=$?
		[ "$status" != 0 ] || break
		[ "$status" -gt 128 ] || complain "$nr: not killed"
		if [ -e there/md.undo ]; then
			run_ok thin_check -q --apply-undo there/md.undo md.img
		fi
		same as-was md.img
		case $proc$(ls -A there) in
		yes | yesmd.undo | no*) ;;
		*) fail "left: $(ls -A there)" ;;
		esac
	done
	[ $nr -gt 5 ] || fail "killed only $nr times"
	[ "$(ls -A there)" = md.undo ] || fail "left: $(ls -A there)"
	run_ok thin_check -q --apply-undo there/md.undo md.img
	same as-was md.img
done
