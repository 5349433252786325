#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A machine with 64 MB of memory boots from a thin volume, with nothing in its boot
# image but a shell, lvm2 and the program for boot images; also if the pool is damaged
# and has to be repaired there.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_guest
need busybox lvm
program=$(dirname "$bin")/initramfs/musl/bin/pdata_tools
[ -x "$program" ] || program=$(dirname "$bin")/initramfs/glibc/bin/pdata_tools
[ -x "$program" ] || fail "there is no $program"
busybox=$(command -v busybox)
modules=/usr/lib/uml/modules

# Modules in the order in which they are loaded.
copy_modules() { # DIRECTORY
	mkdir -p "$1" modroot/lib
	ln -sfn $modules modroot/lib/modules
	modprobe -d "$PWD/modroot" -S "$(ls $modules)" --show-depends dm-thin-pool |
		sed -n 's/^insmod \([^ ]*\).*/\1/p' | while read -r module; do
		cp "$module" "$1"
		basename "$module"
	done >"$1/list"
	grep -q dm-thin-pool "$1/list" || fail "no dm-thin-pool in $modules"
}
make_image() { # FILE
	rm -rf image
	mkdir -p image/bin image/sbin image/usr/sbin image/dev image/proc image/sys \
		image/root image/run image/tmp image/etc/lvm
	cp "$srcdir/boot/init" "$srcdir/boot/repair" image
	cp "$srcdir/boot/lvm.conf" image/etc/lvm
	cp "$busybox" image/bin/busybox
	for command in sh mount sed insmod poweroff switch_root; do
		ln -s busybox image/bin/$command
	done
	lvm=$(command -v lvm)
	for file in "$lvm" $(ldd "$lvm" | grep -o '/[^ ]*'); do
		mkdir -p "image$(dirname "$file")"
		cp "$file" "image$file"
	done
	[ -e image/bin/lvm ] || ln -s "$lvm" image/bin/lvm
	cp "$program" image/usr/sbin/pdata_tools
	for tool in thin_check thin_repair thin_dump; do
		ln -s pdata_tools image/usr/sbin/$tool
	done
	copy_modules image/lib/modules
	(cd image && find . | "$busybox" cpio -o -H newc 2>/dev/null) | gzip -1 >"$1"
}
boots() {
	run "$uml/uml-run" --mem 64M --timeout 240 --disk disk.img --initrd initrd.img
	[ "$status" = 0 ] || complain "it did not boot"
	sed -i "s/\r$//" out
	memory=$(sed -n 's/^memory: \([0-9]*\) kB$/\1/p' out)
	[ "${memory:-65537}" -le 65536 ] || complain "wanted a machine of 64 MB"
	stdout_has "root: /dev/vg/root"
	stdout_has "root: files are as they were"
	stdout_has "root: boot number $1"
	stdout_has "root: ready"
}
metadata() { # dd operands
	dd bs=512 count="$length" conv=notrunc status=none "$@" || fail "dd $* fails"
}

truncate -s 128M disk.img
meta=disk.img
guest --ro "$srcdir" thin-root "$busybox" "$srcdir/boot" >place 2>log || {
	cat log
	fail "no disk to boot from"
}
read -r start length <place
make_image initrd.img

# thin_check runs, since it is not quiet, and finds the pool sound.
boots 1
stdout_has TRANSACTION_ID=
stdout_lacks "a shell"

# The counts of data blocks cannot be read any more: it refuses the pool, and
# lvconvert --repair makes them anew.
metadata if=disk.img skip="$start" of=meta.img
is_sound meta.img
spoil_block meta.img "$(md get meta.img 0 80 8)"
run_fails thin_check meta.img
metadata if=meta.img seek="$start" of=disk.img
boots 2
stdout_has "boot image: a shell"
stdout_has "Manual repair required"
stdout_has "thin_repair"

# Then all is well, and was before.
boots 3
stdout_lacks "a shell"
