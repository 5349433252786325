#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# bash completes the options of every tool, the values that are known, and files.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need bash
made=$(dirname "$bin")/completions
[ -f "$made/pdata_tools" ] || fail "no completions in $made"
mkdir dir
: >file.xml
: >'with blanks'

# What is offered for the last of these words, as bash parts them, sorted.
cat >complete.bash <<'END'
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
name=$(complete -p -- "${1##*/}") || exit 1
function=${name#*-F }
${function%% *} "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
[ ${#COMPREPLY[@]} = 0 ] || printf '%s\n' "${COMPREPLY[@]}" | sort
END
offers() { # TEXT WORD...
	wanted=$1
	shift
	run_ok bash complete.bash "$made/${1##*/}" "$@"
	stderr_is_empty
	stdout_is "$wanted"
}
offers_nothing() { # WORD...
	run_ok bash complete.bash "$made/${1##*/}" "$@"
	is_silent
}
lines() { # WORD...
	printf '%s\n' "$@" | sort
}
files=$(lines complete.bash dir file.xml out err 'with blanks')

for tool in $tools; do
	[ -e "$made/$tool" ] || fail "bash finds no completions for $tool"
	run_ok "$tool" --help
	options=$(sed -n 's/^  [- ].[, ] \(--[a-z0-9-]*\).*/\1/p' out | sort -u)
	case $options in
	*--help*) ;;
	*) fail "$tool: no options in its help" ;;
	esac
	offers "$options" "$tool" -
	offers "$options" "/usr/sbin/$tool" --quiet --
	offers "$options" pdata_tools "$tool" --
	offers --version "$tool" --vers
	run_fails pdata_tools
	stderr_has "$tool"
done
run bash complete.bash "$made/pdata_tools" pdata_tools thin_
# shellcheck disable=SC2086 # words
[ "$(cat out)" = "$(lines $tools)" ] || complain "wanted all tools"

# Values, however they follow their option.
offers "$(lines xml human_readable)" thin_dump --format ''
offers "$(lines xml human_readable)" thin_dump -f ''
offers human_readable thin_dump dir -f h
offers human_readable thin_dump --format = h
offers "$(lines xml human_readable)" thin_dump --format =
offers --format=human_readable thin_dump --format=h
offers human_readable pdata_tools thin_dump --format h
offers "$(lines short long)" thin_metadata_size --numeric-only =
offers_nothing thin_metadata_size --numeric-only ''
run_ok bash complete.bash "$made/thin_ls" thin_ls -o ''
stdout_has DEV
stdout_has HIGHEST_MAPPED
offers "$(lines DEV,SHARED DEV,SHARED_BLOCKS DEV,SHARED_BYTES DEV,SHARED_SECTORS)" \
	thin_ls -o DEV,SHARED
offers --only=same,right_only thin_delta --only=same,ri

# Files for options that have them and for operands, nothing where a number is wanted.
offers "$files" thin_check ''
offers "$files" thin_dump -o ''
offers file.xml thin_restore -i file
offers file.xml thin_restore --input = file
offers 'with blanks' thin_check --quiet w
offers 'with blanks' pdata_tools thin_check w
offers "$files" thin_dump --metadata-snap ''
offers_nothing thin_dump --metadata-snap =
offers_nothing thin_dump --dev-id ''
offers "$files" thin_check -- ''
offers_nothing thin_check -- -
offers_nothing thin_metadata_size ''
