#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The copy that the module is built from is what the sources are now, not the newest of all.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

copied() { # [OWN]...
	bash -c '. "$0/kernel/sources.sh" && copy_sources from to "$@"' "$srcdir" "$@" ||
		fail "no copy"
}
# Names, and times to the nanosecond, of what is in the copy.
stamps() {
	find to -type f -exec stat -c '%n %y' {} + | sort
}

mkdir -p from/thin
for file in Kbuild Kconfig Makefile thin/a.c thin/a.h thin/b.c; do
	echo "$file" >from/$file
done
: >from/thin/a.o
: >from/dm-multisnap.mod.c
copied
(cd to && find . -type f | sort) >got
printf './%s\n' Kbuild Kconfig Makefile thin/a.c thin/a.h thin/b.c >wanted
same wanted got

# What is equal is left alone, whatever the times, and so is what was built.
: >to/thin/a.o
: >to/dm-multisnap.mod.c
touch from/thin/a.h
touch -d '2001-01-01' from/thin/b.c
stamps >before
copied
stamps >after
same before after

# An older file, and one that is gone, as after a checkout.
echo older >from/thin/a.c
touch -d '2001-01-01' from/thin/a.c
rm from/thin/b.c from/thin/a.h
copied
[ "$(cat to/thin/a.c)" = older ] || fail "a.c is not the older one"
[ -n "$(find to/thin/a.c -newer from/thin/a.c)" ] || fail "a.c would not be built again"
[ ! -e to/thin/b.c ] || fail "b.c is still there"
[ ! -e to/thin/a.h ] || fail "a.h is still there"
[ -e to/thin/a.o ] || fail "a.o is gone"
[ -e to/dm-multisnap.mod.c ] || fail "dm-multisnap.mod.c is gone"

# Files of the copy's own, one in the place of another.
echo mine >to/Kbuild
echo mine >to/inject.c
copied Kbuild inject.c
[ "$(cat to/Kbuild to/inject.c | paste -s)" = "mine	mine" ] || fail "its own files are lost"
copied
[ "$(cat to/Kbuild)" = Kbuild ] || fail "Kbuild is not that of the sources"
[ ! -e to/inject.c ] || fail "inject.c is still there"
