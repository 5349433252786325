#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every tool says in one line, with the name, why it cannot use what it is given.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture basic
thin_dump -o basic.xml basic.img || fail "no XML"
thin_metadata_pack -i basic.img -o basic.pack || fail "no pack"
mkdir dir
mkfifo fifo
: >empty
head -c 4095 basic.img >tiny
head -c 4097 /dev/zero >odd
blank zeroes 4M
head -c 1M /dev/urandom >noise
# What begins a file system is not metadata, the data device in its place.
cp noise data
printf '\123\357' | dd of=data bs=1 seek=1080 conv=notrunc status=none
# Superblocks of dm-cache and dm-era have other magic numbers.
blank cache 4M
printf '\063\270\135' | dd of=cache bs=1 seek=32 conv=notrunc status=none
blank era 4M
printf '\173\007\301\176' | dd of=era bs=1 seek=32 conv=notrunc status=none
printf '<?xml version="1.0"?>\n<superblock uuid="">' | cat - basic.xml >declared.xml
{ printf '\n  '; cat basic.xml; } >indented.xml
{ printf '<!-- a pool -->\n'; cat basic.xml; } >commented.xml
{ printf '\357\273\277'; cat basic.xml; } >marked.xml

# One line, or one more with advice, and the name in each.
says() { # FILE TEXT...
	says_file=$1
	shift
	[ "$(wc -l <err)" -le 2 ] || complain "more than two lines"
	[ "$(grep -cF "$says_file" err)" -eq "$(wc -l <err)" ] || complain "a line without the name"
	for says_text; do
		stderr_has "$says_text"
	done
	stdout_is_empty
}

# Runs a tool on a file.
with() { # TOOL FILE
	# shellcheck disable=SC2046 # words
	timeout 100 "$1" $(words_for "$1" "$2")
}
for tool in $tools; do
	is_reader "$tool" || continue
	# This one takes XML in place of metadata.
	xml='basic.xml declared.xml indented.xml commented.xml marked.xml'
	if [ "$tool" = thin_extract ]; then
		with "$tool" basic.xml >as-was || fail "$tool does not take XML"
		for file in indented.xml commented.xml marked.xml; do
			run_ok with "$tool" "$file"
			stdout_is_file as-was
		done
		xml=
	fi
	for option in '' -q; do
		for file in empty tiny odd zeroes noise data cache era $xml; do
			# shellcheck disable=SC2046,SC2086 # words
			unchanged "$file" run_fails "$tool" $option $(words_for "$tool" "$file")
			stdout_is_empty
			[ -z "$option" ] || stderr_is_empty
		done
	done
	run_rejects with "$tool" missing
	says missing "No such file or directory"
	run_rejects with "$tool" basic.img/missing
	says basic.img/missing "Not a directory"
	run_rejects with "$tool" dir
	says dir "a directory"
	run_rejects with "$tool" /dev/null
	says /dev/null "a character device"
	run_rejects with "$tool" fifo
	says fifo "a pipe"
	run_rejects with "$tool" empty
	says empty "0 bytes" 4096
	run_rejects with "$tool" tiny
	says tiny "4095 bytes" 4096
	for file in $xml; do
		run_rejects with "$tool" "$file"
		says "$file" "XML" "thin_restore -i $file"
	done
	run_rejects with "$tool" basic.pack
	says basic.pack packed "thin_metadata_unpack -i basic.pack"
	run_rejects with "$tool" cache
	says cache dm-cache cache_check
	run_rejects with "$tool" era
	says era dm-era era_check
	for file in zeroes noise data odd; do
		run_fails with "$tool" $file
		says $file "block 0" "no thin metadata" _tmeta thin_repair
	done
done

# thin_restore reads XML, and its output is as it was whenever it refuses.
refuses() { # INPUT TEXT...
	refuses_input=$1
	cp basic.img out.img
	shift
	unchanged out.img run_rejects thin_restore -i "$refuses_input" -o out.img
	stdout_is_empty
	stderr_has "$refuses_input"
	for refuses_text; do
		stderr_has "$refuses_text"
	done
	unchanged out.img run_fails thin_restore -q -i "$refuses_input" -o out.img
	is_silent
}
shrinks() { # INPUT TEXT...
	run_rejects thin_shrink -i "$1" --nr-blocks 10 --dry-run
	says "$@"
}
refuses missing "No such file"
refuses dir "a directory"
refuses /dev/null
for file in empty zeroes noise data basic.img tiny cache; do
	unchanged $file refuses $file
done
# Metadata is named where XML is wanted, and who takes it.
for restores in refuses shrinks; do
	what='add --binary'
	[ $restores = shrinks ] || what='"thin_repair -i THIS -o OUTPUT"'
	unchanged basic.img $restores basic.img "basic.img: is binary metadata, wanted XML; $what"
	unchanged basic.pack $restores basic.pack "basic.pack: is packed, wanted XML" \
		'"thin_metadata_unpack -i THIS -o OUTPUT" makes metadata of it'
	$restores cache dm-cache cache_check
	$restores era dm-era era_check
done
run_rejects thin_restore -i - -o out.img <basic.img
stderr_has 'standard input: is binary metadata'
for output in missing missing/missing dir /dev/null fifo empty tiny; do
	run timeout 100 thin_restore -i basic.xml -o "$output"
	[ "$status" = 1 ] || complain "wanted status 1"
	stderr_lines 1
	stderr_has "$output"
	stdout_is_empty
done
[ ! -e missing ] || fail "an output was created"
[ ! -s empty ] || fail "an output was enlarged"
