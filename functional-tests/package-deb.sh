#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# "make deb" makes packages that can be installed, beside thin-provisioning-tools too:
# then lvm2 finds our tools, those for dm-cache are as they were, and when ours go, all
# are.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need dpkg-buildpackage dh lintian fakeroot pkg-config
need_peer09
version=$(thin_check -V)
top=$srcdir/..

env -u MAKEFLAGS -u MAKELEVEL -u DEB_BUILD_OPTIONS -u DESTDIR make -C "$top" B="$PWD/made" deb \
	>log 2>&1 || {
	tail -n 40 log
	fail "make deb fails"
}
for name in multisnap-tools libmeta1 libmeta-dev; do
	file=$(echo "made/deb/${name}_${version}_"*.deb)
	[ -f "$file" ] || fail "no package $name $version: $(ls made/deb)"
	mv "$file" $name.deb
done
run lintian --allow-root --fail-on error multisnap-tools.deb libmeta1.deb libmeta-dev.deb
[ "$status" = 0 ] || complain "lintian finds errors"

# Another root, with a package that has the files of thin-provisioning-tools.
mkdir -p stand-in/DEBIAN root/var/lib/dpkg
: >root/var/lib/dpkg/status
printf '%s\n' 'Package: thin-provisioning-tools' 'Version: 0.9.0' 'Architecture: all' \
	'Maintainer: nobody <nobody@localhost>' 'Description: of the host' >stand-in/DEBIAN/control
for file in /usr/sbin/pdata_tools /usr/sbin/cache_check /usr/sbin/thin_check \
	/usr/sbin/thin_repair; do
	mkdir -p "stand-in$(dirname "$file")"
	cp -P "$peer09/$(basename "$file")" "stand-in$file"
done
mkdir -p stand-in/usr/share/man/man8
echo theirs | gzip >stand-in/usr/share/man/man8/thin_check.8.gz
fakeroot dpkg-deb -b stand-in stand-in.deb >log 2>&1 || fail "no stand-in: $(cat log)"
installs() { # DPKG-WORD...
	fakeroot dpkg --root="$PWD/root" --force-not-root --force-script-chrootless \
		--force-depends "$@" >log 2>&1 || fail "dpkg $* fails: $(cat log)"
}

ours=root/usr/lib/multisnap/pdata_tools
sbin=root/usr/sbin
fixture basic
is_ours() {
	for tool in thin_check thin_repair; do
		[ "$(readlink -f $sbin/$tool)" = "$PWD/$ours" ] || fail "$tool: $(ls -l $sbin)"
	done
	run_ok $sbin/thin_check basic.img
	[ "$($sbin/thin_check -V)" = "$version" ] || fail "another version"
	[ "$(manual)" != theirs ] || fail "this is not our manual page"
}
manual() {
	gzip -dc root/usr/share/man/man8/thin_check.8.gz | head -n 1
}
is_theirs() {
	for tool in thin_check thin_repair cache_check; do
		[ "$(readlink -f $sbin/$tool)" = "$PWD/$sbin/pdata_tools" ] ||
			fail "$tool: $(ls -l $sbin)"
	done
	cmp "$peer09/pdata_tools" $sbin/pdata_tools || fail "their program has changed"
	[ "$(manual)" = theirs ] || fail "this is not their manual page"
	[ -z "$(find root -name '*distrib*')" ] || fail "something is left"
}
has_cache_check() {
	[ "$(readlink -f $sbin/cache_check)" = "$PWD/$sbin/pdata_tools" ] ||
		fail "no cache_check: $(ls -l $sbin)"
	cmp "$peer09/pdata_tools" $sbin/pdata_tools || fail "their program has changed"
}

# Ours alone; then theirs; ours go; and the other way round.
installs -i multisnap-tools.deb libmeta1.deb libmeta-dev.deb
is_ours
for tool in $tools; do
	[ "$(root/usr/sbin/"$tool" -V)" = "$version" ] || fail "$tool does not run"
	for file in share/man/man8/"$tool".8.gz share/bash-completion/completions/"$tool"; do
		[ -e "root/usr/$file" ] || fail "no $file"
	done
done
for file in lib/multisnap/initramfs/pdata_tools share/initramfs-tools/hooks/multisnap \
	lib/dracut/modules.d/89multisnap/module-setup.sh; do
	[ -x root/usr/$file ] || fail "no $file"
done
grep -q /usr/lib/multisnap/initramfs/pdata_tools root/usr/share/initramfs-tools/hooks/multisnap ||
	fail "the hook does not know the program"
installs -i stand-in.deb
is_ours
has_cache_check
installs -r multisnap-tools
is_theirs
installs -i multisnap-tools.deb
is_ours
has_cache_check
installs -r multisnap-tools
is_theirs

# A program is made with what libmeta-dev has, and runs with libmeta1.
pc=$(dirname "$(echo root/usr/lib/*/pkgconfig/libmeta.pc)")
flags=$(PKG_CONFIG_SYSROOT_DIR=$PWD/root PKG_CONFIG_LIBDIR=$pc \
	PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 \
	pkg-config --cflags --libs libmeta) || fail "no libmeta for pkg-config"
# shellcheck disable=SC2086 # words
"${CC:-cc}" -o list root/usr/share/doc/libmeta-dev/examples/list_mappings.c $flags ||
	fail "the example cannot be made with $flags"
LD_LIBRARY_PATH=$(dirname "$pc") run_ok ./list basic.img
[ -s out ] || complain "the example prints nothing"
LD_LIBRARY_PATH=$(dirname "$pc") ldd ./list | grep -q "$(dirname "$pc")/libmeta.so.1" ||
	fail "the example uses another libmeta"
