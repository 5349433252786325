#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boot images that dracut makes have our program for boot images under the names of its
# tools; tools of others, which its module lvm takes, stay.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need dracut cpio bash lvm
their=/usr/lib/dracut
[ -d $their/modules.d/90lvm ] || skip "dracut has no module lvm"
[ -d /usr/lib/uml/modules ] || skip "no modules of user-mode-linux"
need_peer09
version=$(ls /usr/lib/uml/modules)
stage=$PWD/stage
program=$stage/usr/lib/multisnap/initramfs/pdata_tools
module=modules.d/89multisnap/module-setup.sh

env -u MAKEFLAGS -u MAKELEVEL make -s -C "$srcdir/.." B="$(dirname "$bin")" PREFIX=/usr \
	DESTDIR="$stage" install-initramfs >log 2>&1 || fail "make fails: $(cat log)"

# A dracut of our own, with all of its modules and one more.
mkdir -p own/modules.d/89multisnap conf tmp lib
cp "$(command -v dracut)" $their/dracut-init.sh own
for file in "$their"/* "$their"/modules.d/*; do
	[ -e "own${file#"$their"}" ] || ln -s "$file" "own${file#"$their"}"
done
sed "s|/usr/lib/multisnap|$stage&|g" "$stage$their/$module" >own/$module
chmod 755 own/$module
ln -s /usr/lib/uml/modules lib/modules

# dracut goes by PATH, in which the tools under test come first.
PATH=$peer09:$PATH
makes_image() { # [OPTION]...
	rm -rf image initrd.img
	run own/dracut --local --kmoddir "$PWD/lib/modules/$version" --no-early-microcode \
		--conf /dev/null --confdir "$PWD/conf" --tmpdir "$PWD/tmp" --nostrip --no-compress \
		"$@" "$PWD/initrd.img" "$version"
	[ -s initrd.img ] || complain "no boot image"
	mkdir image
	(cd image && cpio -i --quiet <../initrd.img) || fail "this is no boot image"
}

makes_image --no-hostonly --modules "lvm multisnap"
for tool in thin_check thin_dump thin_repair thin_restore; do
	[ "$(readlink -f "image/usr/sbin/$tool")" = "$PWD/image$program" ] ||
		fail "$tool is not ours: $(ls -l image/usr/sbin/)"
done
cmp "$program" "image$program" || fail "the program is not in it"
[ -n "$(find image -name 'dm-thin-pool.ko*')" ] || fail "dm-thin-pool is not in it"
cmp /usr/sbin/pdata_tools "$(readlink -f image/usr/sbin/cache_check)" || fail "cache_check is gone"
fixture basic
run_ok image/usr/sbin/thin_check basic.img

# An image for this machine alone, which has no root in LVM, does not want it unasked.
makes_image --hostonly --add lvm
[ ! -e "image$program" ] || fail "the program is in an image that does not need it"
