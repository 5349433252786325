#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# pack and unpack make their output, whole or not at all, and ask before metadata is lost.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture basic
fixture held
run_ok thin_metadata_pack -i held.img -o held.pack
umask 022
run_ok thin_metadata_unpack -i held.pack -o new.img
[ "$(stat -c %a new.img)" = 644 ] || fail "mode $(stat -c %a new.img)"

# Asks, and takes nothing for yes but "y" and "yes".
answer() { # ANSWER COMMAND...
	answer_is=$1
	shift
	# shellcheck disable=SC2059 # it is a format
	printf "$answer_is" >answer
	status=0
	"$@" <answer >out 2>err || status=$?
	ran="$* with $answer_is"
	stdout_is_empty
	stderr_has "has metadata, which will be lost; go on? [y/N]"
}
pack="thin_metadata_pack -i held.img -o old.img"
unpack="thin_metadata_unpack -i held.pack -o old.img"
for command in "$pack" "$unpack"; do
	for no in '' '\n' 'n\n' 'Y\n' 'yess\n' 'no\ny\n' ' y\n' 'yyyyyyyyyyyyyyyyyyyyyyyyy\n'; do
		cp basic.img old.img
		# shellcheck disable=SC2086 # words
		unchanged old.img answer "$no" $command
		[ "$status" = 1 ] || complain "wanted status 1"
		stderr_has "old.img: is left as it is; --force"
	done
	# Nobody sees the question.
	# shellcheck disable=SC2086 # words
	unchanged old.img run_fails $command -q </dev/null
	is_silent
	for yes in 'y\n' 'yes\n' y 'yes\nn\n'; do
		cp basic.img old.img
		# shellcheck disable=SC2086 # words
		answer "$yes" $command
		[ "$status" = 0 ] || complain "wanted status 0"
		! cmp -s basic.img old.img || fail "it is left as it was"
	done
	cp basic.img old.img
	# shellcheck disable=SC2086 # words
	run_ok $command -f
	is_silent
	# Metadata of a cache is metadata.
	blank old.img 4M
	printf '\063\270\135' | dd of=old.img bs=1 seek=32 conv=notrunc status=none
	# shellcheck disable=SC2086 # words
	unchanged old.img answer 'n\n' $command
	# Of anything else there is no question.
	echo text >old.img
	# shellcheck disable=SC2086 # words
	run_ok $command
	is_silent
done
cp basic.img old.img
run_ok thin_metadata_unpack -i held.pack -o old.img --force
same held.img old.img

# A link goes on leading to the file, and a smaller one than what was there is all there is.
ln -s new.img link
run_ok thin_metadata_unpack -f -i held.pack -o link
[ -L link ] || fail "the link is gone"
same held.img new.img
head -c 40M /dev/urandom >large
run_ok thin_metadata_unpack -i held.pack -o large
same held.img large

# Input and output the same, and outputs that cannot be.
unchanged held.img run_rejects thin_metadata_pack -f -i held.img -o held.img
stderr_has "is the input as well"
ln held.img hard
unchanged held.img run_rejects thin_metadata_pack -f -i held.img -o hard
unchanged held.pack run_rejects thin_metadata_unpack -f -i held.pack -o held.pack
mkdir dir
run_rejects thin_metadata_pack -i held.img -o dir
stderr_has "dir: is a directory"
run_rejects thin_metadata_pack -i held.img -o missing/file
stderr_has "missing/file: No such file"
run_rejects thin_metadata_pack -i held.img
stderr_has "missing option: -o"
run_rejects thin_metadata_unpack -i held.pack
stderr_has "missing option: -o"
run_rejects thin_metadata_pack -o new
stderr_has "missing option: -i"

# What cannot be written is an error, and what was there is as it was.
run_rejects thin_metadata_pack -i held.img -o /dev/full
stderr_has "/dev/full: No space left"
cp held.pack old.pack
names=$(ls -A)
run sh -c 'ulimit -f 2; trap "" XFSZ; exec thin_metadata_pack -i basic.img -o old.pack'
[ "$status" = 1 ] || complain "wanted status 1"
stderr_has "old.pack: File too large"
same held.pack old.pack
run sh -c 'ulimit -f 100; trap "" XFSZ; exec thin_metadata_unpack -f -i held.pack -o new.img'
[ "$status" = 1 ] || complain "wanted status 1"
same held.img new.img
[ "$names" = "$(ls -A)" ] || fail "something is left: $(ls -A)"

# What is no metadata, nor may be.
echo '<superblock uuid="" time="0"/>' >pool.xml
head -c 4095 basic.img >tiny
for file in pool.xml tiny dir missing /dev/null; do
	run_rejects thin_metadata_pack -i $file -o new
	stderr_has "$file"
	[ ! -e new ] || fail "there is an output"
done
