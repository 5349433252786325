# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# kbuild leaves its files beside the sources, so each build of the module has a copy of them.

# What there is to build the module, a line each.
source_names() { # DIRECTORY
	(cd "$1" && find . -type f \( -name '*.[ch]' ! -name '*.mod.c' -o -name Kbuild \
		-o -name Kconfig -o -name Makefile \) | sed 's|^\./||' | LC_ALL=C sort)
}

# A file that is as it should be keeps its time, so nothing is built again for it.
copy_if_other() { # FILE COPY
	cmp -s "$1" "$2" || { mkdir -p "$(dirname "$2")" && cp "$1" "$2"; }
}

# Makes COPY as DIRECTORY is, whatever is newer, and drops sources that are there no more.
# OWN: files of the copy's own, among them perhaps one in the place of one of DIRECTORY's.
copy_sources() { # DIRECTORY COPY [OWN]...
	local f own=" ${*:3} "

	mkdir -p "$2" || return
	while read -r f; do
		[[ $own == *" $f "* ]] || copy_if_other "$1/$f" "$2/$f" || return
	done < <(source_names "$1")
	while read -r f; do
		[ -e "$1/$f" ] || [[ $own == *" $f "* ]] || rm "$2/$f" || return
	done < <(source_names "$2")
}
