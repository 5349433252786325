# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What the linters share.  To be included with the root of the tree as the
# current directory.
set -u

# Every file of the project, new ones too, a line each.
files() {
	{
		git ls-files -co --exclude-standard 2>/dev/null ||
			find . \( -name .git -o -name autom4te.cache \) -prune -o -type f -print |
			sed 's|^\./||'
	} | grep -v -e '^build/' -e '^build-'
}

# Those that match the extended regular expression $1 and are there.
files_like() {
	files | grep -E -- "$1" | while read -r f; do
		[ -f "$f" ] && echo "$f"
	done
}

# Scripts: what ends in .sh, and what begins with #! and a shell.
shell_scripts() {
	files_like '(^|/)[^.]*$|\.sh$' | while read -r f; do
		case $f in
		*.sh) echo "$f" ;;
		*) head -n 1 "$f" | grep -a -q '^#!.*/\(ba\)*sh' && echo "$f" ;;
		esac
	done
}

# Is there a ctags that can say where functions end?
has_ctags() {
	ctags --version 2>/dev/null | grep -q Universal
}

# Prints what comes in; false if there was any.
no_output() {
	awk '{ print } END { exit NR > 0 }'
}

# An awk function that takes comments and the insides of strings away from a
# line of C, and keeps in_comment from one line to the next.
# shellcheck disable=SC2034,SC2016 # for those who include this
awk_strip='
function strip(s,	out, c, two, quote) {
	out = ""
	while (s != "") {
		c = substr(s, 1, 1)
		two = substr(s, 1, 2)
		if (in_comment) {
			if (two == "*/") {
				in_comment = 0
				s = substr(s, 3)
				continue
			}
		} else if (quote != "") {
			if (c == "\\") {
				s = substr(s, 3)
				continue
			}
			if (c == quote) {
				quote = ""
				out = out c
			}
		} else if (two == "/*") {
			in_comment = 1
			s = substr(s, 3)
			continue
		} else {
			if (c == "\"" || c == "\047")
				quote = c
			out = out c
		}
		s = substr(s, 2)
	}
	return out
}
'
