#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What is not to be read by people does not go to a terminal, nor is it read from one; the
# line that says so says what to do instead.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need script
fixture basic
blank data.img 512M
pool='--metadata basic.img --data data.img'

# What comes from the terminal is in the file seen.
on_terminal() { # COMMAND
	status=0
	timeout 100 script -qec "$1" seen </dev/null >/dev/null || status=$?
	ran=$1
	tr -d "\r" <seen | cut -c 1-200 | grep -a . | grep -av '^Script ' >out
	: >err
	[ "$status" = 1 ] || complain "wanted status 1"
	[ "$(wc -l <out)" = 1 ] || complain "wanted one line"
}
for words in "thin_extract $pool --dev-id 0 -o" "thin_metadata_pack -i basic.img -o" \
	"thin_send $pool --thin 0 -o"; do
	for name in - /dev/tty /dev/stdout; do
		case $words:$name in
		*send*:-) on_terminal "${words% -o}" ;;
		*) on_terminal "$words $name" ;;
		esac
		[ $name != - ] || name='standard output'
		stdout_has "${words%% *}: $name: is a terminal, wanted -o FILE or a pipe"
	done
done
for words in "thin_metadata_unpack -o new -i -" "thin_receive -o new"; do
	on_terminal "$words"
	stdout_has "standard input: is a terminal, wanted a file or a pipe"
	[ ! -e new ] || fail "$words: made a file"
done

# Text may go there.
script -qec "thin_dump -o - basic.img" seen </dev/null >/dev/null || fail "no dump"
grep -aq "<superblock" seen || fail "no dump on a terminal"
