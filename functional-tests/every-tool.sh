#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every tool reads its command line in the same way, and never ends with 2.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture basic
thin_dump -o basic.xml basic.img || fail "no XML to restore"
blank new.img basic.img
thin_send --metadata basic.img --data new.img --thin 0 --size 64k -o basic.stream ||
	fail "no stream to receive"

# What each tool does when all is well, with more words around.
good() { # TOOL [ARGUMENT]...
	good_tool=$1
	shift
	if is_reader "$good_tool"; then
		# shellcheck disable=SC2046 # words
		unchanged basic.img run_ok "$good_tool" "$@" $(words_for "$good_tool" basic.img)
	else
		# shellcheck disable=SC2046
		run_ok "$good_tool" $(words_for "$good_tool" new.img) "$@"
	fi
}
# The same, which the words at the end spoil.
bad() { # TOOL [ARGUMENT]...
	bad_tool=$1
	shift
	cp basic.img was.img
	# shellcheck disable=SC2046
	unchanged was.img run_rejects "$bad_tool" $(words_for "$bad_tool" was.img) "$@"
	stdout_is_empty
}

for tool in $tools; do
	# Help goes to stdout and teaches: usage, options, examples, status.
	for help in -h --help --hel; do
		run_ok "$tool" $help
		stderr_is_empty
		for text in "usage: $tool " --quiet --help --version Examples "Exit status"; do
			stdout_has "$text"
		done
		awk 'length > 100 { exit 1 }' out || complain "lines of help over 100 columns"
	done
	stdout_lacks io-engine

	# The version is a bare number, which others compare.
	for version in -V --version --vers; do
		run_ok "$tool" $version
		stderr_is_empty
		grep -qxE '[1-9][0-9]*\.[0-9]+\.[0-9]+' out || complain "no bare version"
		stderr_lines 0
	done
	run_ok "$tool" basic.img -V
	run_ok pdata_tools "$tool" --version
	stdout_is "$("$tool" -V)"

	# Mistakes: one line, which names the word and --help; status 1.
	for word in --no-such-option -Z --=; do
		bad "$tool" "$word"
		stderr_has "$word"
		stderr_has "$tool --help"
	done
	bad "$tool" --quiet=yes
	bad "$tool" extra
	stderr_has extra
	bad "$tool" -- extra
	run_rejects "$tool"
	run_fails "$tool" -q
	stdout_is_empty

	# What is hidden, cut short or empty is no mistake.
	good "$tool"
	good "$tool" ""
	good "$tool" "" "" ""
	good "$tool" -v
	[ "$tool" = thin_trim ] || stderr_is_empty
	good "$tool" -v -v -vv
	for engine in sync spindle async; do
		good "$tool" --io-engine $engine
		good "$tool" --io-engine=$engine
		stderr_is_empty
	done
	bad "$tool" --io-engine
	good "$tool" -q
	good "$tool" --quiet
	stderr_is_empty
	good "$tool" --qui
	good "$tool" --quiet -q
done

# Options behind operands, values attached or not, the last of two wins.
run_ok thin_check basic.img -q
is_silent
# A number that may be left out does not swallow the letter behind.
fixture held
for word in -mq -qm -mqv; do
	run_ok thin_check $word held.img
	is_silent
done
run_ok thin_ls -mo DEV held.img
stdout_has DEV
run_ok thin_dump -m"$(md get held.img 0 56 8)" -omq.xml held.img
run_ok thin_dump -mo bundled.xml held.img
same mq.xml bundled.xml
run_rejects thin_check -mZ held.img
stderr_has "unknown option: -Z"
run_ok thin_check --clear-needs --skip basic.img
run_ok thin_dump basic.img -fhuman_readable
stdout_has "begin superblock"
run_ok thin_dump basic.img -f human_readable -f xml
stdout_is_file basic.xml
run_ok thin_dump -f human_readable --format=xml -- basic.img
stdout_is_file basic.xml
run_ok thin_restore --inp=basic.xml --outp new.img
# Several long options begin like this.
run_rejects thin_check --s basic.img

# Numbers are plain decimal.
for value in -1 +1 0x10 1k '' ' 1' '1 ' 1.0 99999999999999999999 18446744073709551616; do
	run_rejects thin_check --override-mapping-root "$value" basic.img
	run_rejects thin_dump --dev-id "$value" basic.img
	run_rejects thin_dump --transaction-id="$value" basic.img
	run_rejects thin_dump -m"$value " basic.img
	cp basic.img was.img
	unchanged was.img run_rejects thin_restore -i basic.xml -o was.img --transaction-id "$value"
	stderr_has "transaction-id"
done
run_rejects thin_dump --dev-id 4294967296 basic.img
stderr_has "--dev-id: found \"4294967296\", wanted a number, at most 4294967295"

# The program that all tools are.
run_fails pdata_tools
stdout_is_empty
for tool in $tools; do
	stderr_has "$tool"
done
mv err tools.list
run_ok pdata_tools --help
stdout_is_file tools.list
stderr_is_empty
status=0
pdata_tools --help >/dev/full 2>err || status=$?
[ "$status" = 1 ] || fail "status $status with a full disk"
run_fails pdata_tools no_such_tool -V
stdout_is_empty
stderr_has 'no_such_tool'
run_ok pdata_tools thin_check basic.img
ln -s "$bin/pdata_tools" other_name
run_fails ./other_name basic.img
ln -s "$bin/pdata_tools" thin_check
run_ok ./thin_check basic.img
