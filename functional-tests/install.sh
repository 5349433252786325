#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# "make install" leaves the tools for dm-cache of a distribution alone, wherever it installs.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need make
top=$srcdir/..
version=$(thin_check -V)

# What is built already is what is installed.
install_to() { # ROOT [VARIABLE=VALUE]...
	install_root=$PWD/$1
	shift
	run env -u MAKEFLAGS -u MAKELEVEL -u DESTDIR -u TOOLDIR -u PREFIX \
		make -C "$top" B="${builddir%/*}" DESTDIR="$install_root" "$@"
}
# What thin-provisioning-tools has there.
distribution() { # ROOT
	mkdir -p "$1/usr/sbin"
	echo theirs >"$1/usr/sbin/pdata_tools"
	for name in cache_check era_check thin_check thin_repair; do
		ln -s pdata_tools "$1/usr/sbin/$name"
	done
}
is_theirs() { # FILE...
	for theirs; do
		[ "$(cat "$theirs")" = theirs ] || fail "$theirs is not theirs any more"
	done
}

install_to plain install
[ "$status" = 0 ] || complain "make install fails"
[ "$(plain/usr/local/sbin/thin_dump -V)" = "$version" ] || fail "not in /usr/local/sbin"
[ -e plain/usr/local/sbin/pdata_tools ] || fail "no pdata_tools in /usr/local/sbin"

distribution usr
install_to usr install PREFIX=/usr
[ "$status" = 0 ] || complain "make install PREFIX=/usr fails"
is_theirs usr/usr/sbin/pdata_tools usr/usr/sbin/cache_check usr/usr/sbin/era_check
for name in thin_check thin_repair thin_send; do
	[ "$(readlink -f usr/usr/sbin/$name)" = "$PWD/usr/usr/lib/multisnap/pdata_tools" ] ||
		fail "$name is $(readlink -f usr/usr/sbin/$name)"
	[ "$(usr/usr/sbin/$name -V)" = "$version" ] || fail "$name has another version"
done
install_to usr uninstall PREFIX=/usr
[ "$status" = 0 ] || complain "make uninstall fails"
is_theirs usr/usr/sbin/pdata_tools usr/usr/sbin/cache_check
[ ! -e usr/usr/lib/multisnap/pdata_tools ] || fail "pdata_tools is left"

# Told to write there, it does not.
distribution told
install_to told install PREFIX=/usr TOOLDIR=/usr/sbin
[ "$status" != 0 ] || complain "wanted a refusal"
stderr_has "/usr/sbin/pdata_tools is cache_check as well"
is_theirs told/usr/sbin/pdata_tools told/usr/sbin/cache_check told/usr/sbin/thin_check
[ ! -e told/usr/lib ] || fail "something has been installed: $(find told/usr/lib)"
