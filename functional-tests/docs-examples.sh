#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What --help, manual pages and documents show can be typed: each command of ours is
# understood, if only to find that there are no such files here.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

top=$srcdir/..

# Commands of ours, a line each, without pipes and the like; names become such that
# nothing is found, and what a command would print a word.
# shellcheck disable=SC2016 # they are not to be expanded
ours() {
	awk '/\\$/ { sub(/[ \t]*\\$/, " "); printf "%s", $0; next } { print }' |
		sed 's/^[ \t]*[$#]* *//; s/\$([^)]*)/x/g; s/ssh [a-z]* //g' |
		sed 's/["'\'']\{0,1\} *|| .*//; s/ *| */\n/g; s/ && /\n/g; s/; /\n/g' |
		sed 's/["'\'']//g; s/ #.*//; s/ >.*//; s/\([[:blank:]=]\)\//\1.\//g' |
		sed 's/vg/no_such_vg/g' |
		sed -n '/^thin_[a-z_]* [^=]/p' | sed 's/^\(thin_[a-z_]*\) */\1 /'
}
examples() {
	for tool in $tools; do
		"$tool" --help | sed -n '/^Examples:/,$s/^  //p'
	done
	sed -n '/^== EXAMPLES/,/^== SEE/s/^\t//p' "$top"/man8/*.adoc
	sed -n '/^\tthin_[a-z_]* = /d; s/^\t//p' "$top"/docs/*.md "$top"/README.md
}
examples | ours | sort -u >commands
tried=0
mkdir empty
cd empty || exit 1
while read -r command <&3; do
	# shellcheck disable=SC2016 # it is not to be expanded
	case $command in
	*THIS* | *'...'* | *'--resume x'* | *'--resume $token'*) continue ;;
	esac
	# shellcheck disable=SC2086 # words
	run timeout 100 $command </dev/null
	case $command in
	thin_metadata_size*) [ "$status" = 0 ] || complain "wanted status 0" ;;
	*) [ "$status" = 1 ] || complain "there is nothing to be read, wanted status 1" ;;
	esac
	# A mistake in the line itself is told without a name of a file, or with advice.
	stderr_lacks "try thin_"
	! grep -qE '^thin_[a-z_]*: (--|an? |the |missing)' err || complain "the line has a mistake"
	tried=$((tried + 1))
done 3<../commands
cd ..
for tool in $tools; do
	grep -q "^$tool " commands || fail "there is no example of $tool"
done
[ "$tried" -gt 60 ] || fail "only $tried examples were found"
