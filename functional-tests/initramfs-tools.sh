#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boot images that initramfs-tools makes have our program for boot images under the names
# of its tools, with or without thin-provisioning-tools, whose cache_check stays.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need mkinitramfs cpio modprobe lvm
their=/usr/share/initramfs-tools
for hook in lvm2 thin-provisioning-tools; do
	[ -f $their/hooks/$hook ] || skip "$hook has no hook"
done
[ -d /usr/lib/uml/modules ] || skip "no modules of user-mode-linux"
version=$(ls /usr/lib/uml/modules)
stage=$PWD/stage
program=$stage/usr/lib/multisnap/initramfs/pdata_tools

env -u MAKEFLAGS -u MAKELEVEL make -s -C "$srcdir/.." B="$(dirname "$bin")" PREFIX=/usr \
	DESTDIR="$stage" install-initramfs >log 2>&1 || fail "make fails: $(cat log)"

# All that it reads of the host, and a kernel, below this directory.
cp -r $their share
rm share/hooks/*
cp -r /etc/initramfs-tools conf
sed -i -e 's/^MODULES=.*/MODULES=list/' -e 's/^COMPRESS=.*/COMPRESS=gzip/' \
	-e 's/^BUSYBOX=.*/BUSYBOX=n/' conf/initramfs.conf
mkdir -p lib boot
ln -s /usr/lib/uml/modules lib/modules
echo CONFIG_RD_GZIP=y >"boot/config-$version"
cp "$(command -v mkinitramfs)" mkinitramfs
cp $their/hooks/lvm2 $their/hooks/thin-provisioning-tools share/hooks
sed "s|/usr/lib/multisnap|$stage&|g" "$stage$their/hooks/multisnap" >share/hooks/multisnap
chmod 755 share/hooks/multisnap
find share mkinitramfs -type f -exec \
	sed -i -e "s|$their|$PWD/share|g" -e "s|\"/boot/|\"$PWD/boot/|g" {} +

make_image() {
	rm -rf image initrd.img
	run env MODPROBE_OPTIONS="-d $PWD" sh ./mkinitramfs -d "$PWD/conf" \
		-o "$PWD/initrd.img" "$version"
	[ -s initrd.img ] || complain "no boot image"
	stderr_lacks "File exists"
	mkdir image
	(cd image && gzip -dc ../initrd.img | cpio -i --quiet) || fail "this is no boot image"
}
has_ours() {
	for tool in thin_check thin_dump thin_repair thin_restore; do
		[ "$(readlink image/usr/sbin/$tool)" = "$program" ] ||
			fail "$tool is not ours: $(ls -l image/usr/sbin)"
	done
	cmp "$program" "image$program" || fail "the program is not in it"
	[ -n "$(find image -name 'dm-thin-pool.ko*')" ] || fail "dm-thin-pool is not in it"
}

make_image
has_ours
[ "$(readlink image/usr/sbin/cache_check)" = pdata_tools ] || fail "cache_check is gone"
cmp /usr/sbin/pdata_tools image/usr/sbin/pdata_tools || fail "cache_check is not as it was"
fixture basic
ln -s "image$program" thin_check
run_ok ./thin_check basic.img

rm share/hooks/thin-provisioning-tools
make_image
has_ours
[ ! -e image/usr/sbin/cache_check ] || fail "where is cache_check from?"

# If the program is gone, images are made as if there were no hook.
rm "$program"
make_image
[ ! -L image/usr/sbin/thin_check ] || fail "there are tools without a program"
