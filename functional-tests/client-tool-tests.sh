#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests of a distribution expect to succeed succeeds, the rest fails with 1.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture basic md.img
thin_dump -o md.xml md.img
blank new.img md.img
blank small.img 8192
blank empty.img 0
cp md.img broken.img
spoil_block broken.img 0

fails() { # COMMAND...
	run_fails "$@"
	[ -s err ] || complain "it does not say why"
}

for tool in $tools; do
	for word in -h --help -V --version; do
		run_ok "$tool" $word
		[ -s out ] || complain "nothing on stdout"
		stderr_is_empty
	done
	fails "$tool"
	fails "$tool" wrong_argument
	fails "$tool" "wrong argument"
	for word in --wrong_option -wrong_option --wrong_option=1 -?; do
		fails "$tool" "$word"
		fails "$tool" "$word" md.img
	done
done

# thin_check
for words in md.img '-q md.img' '--super-block-only md.img' '--skip-mappings md.img' \
	'--ignore-non-fatal-errors md.img' '--clear-needs-check-flag md.img' \
	'--super-block-only --skip-mappings --ignore-non-fatal-errors md.img'; do
	# shellcheck disable=SC2086 # words
	unchanged md.img run_ok thin_check $words
done
unchanged broken.img fails thin_check broken.img
run_fails thin_check -q broken.img
is_silent
fails thin_check md.xml
fails thin_check empty.img
fails thin_check .
fails thin_check no/such/file

# thin_dump and thin_restore
for words in md.img '-f xml md.img' '-f human_readable md.img' '-r md.img' '--repair md.img' \
	'--dev-id 1 md.img' '--skip-mappings md.img' '-o dumped md.img'; do
	# shellcheck disable=SC2086
	unchanged md.img run_ok thin_dump $words
done
for words in '-f wrong md.img' '-o no/such/dir/file md.img' broken.img md.xml \
	'--repair broken.img' '--dev-id x md.img' '-m md.img'; do
	# shellcheck disable=SC2086
	fails thin_dump $words
done
for words in '-i md.xml -o new.img' '--input md.xml --output new.img' '-q -i md.xml -o new.img' \
	'-i md.xml -o new.img --transaction-id 7' '-i md.xml -o new.img --nr-data-blocks 20000' \
	'-i md.xml -o new.img --data-block-size 256'; do
	# shellcheck disable=SC2086
	run_ok thin_restore $words
	is_sound new.img
done
for words in '-i md.xml' '-o new.img' '-i no-file -o new.img' '-i md.xml -o no-file' \
	'-i md.img -o new.img' '-i md.xml -o small.img' '-i md.xml -o empty.img' \
	'-i md.xml -o new.img extra'; do
	# shellcheck disable=SC2086
	fails thin_restore $words
done
[ ! -e no-file ] || fail "the output was made"

# thin_repair
sizes='--data-block-size 128 --nr-data-blocks 20000'
for words in '-i md.img -o new.img' '--input md.img --output new.img' \
	'-i md.img -o new.img --transaction-id 7' '-i md.img -o new.img --nr-data-blocks 20000' \
	"-i broken.img -o new.img --transaction-id 7 $sizes"; do
	# shellcheck disable=SC2086
	unchanged md.img run_ok thin_repair $words
	is_sound new.img
done
for words in '-i broken.img -o new.img' '-i md.img' '-o new.img' '-i md.img -o no-file' \
	'-i no-file -o new.img' '-i md.img -o small.img' '-i md.img -o empty.img' \
	'-i md.xml -o md.xml' '-i md.xml -o new.img' '-i md.img -o md.img'; do
	# shellcheck disable=SC2086
	unchanged md.img fails thin_repair $words
done
[ ! -e no-file ] || fail "the output was made"

# thin_delta, thin_ls, thin_rmap
for words in '--thin1 0 --thin2 1 md.img' '--snap1 0 --snap2 1 md.img' \
	'--verbose --thin1 0 --thin2 1 md.img'; do
	# shellcheck disable=SC2086
	unchanged md.img run_ok thin_delta $words
done
for words in md.img '--thin1 0 md.img' '--thin2 0 md.img' '--thin1 0 --thin2 123456 md.img' \
	'--thin1 0 --thin2 1' '--thin1 0 --thin2 1 broken.img' '-m --thin1 0 --thin2 1 md.img'; do
	# shellcheck disable=SC2086
	fails thin_delta $words
done
fields=DEV,MAPPED,EXCLUSIVE,SHARED,TRANSACTION,CREATE_TIME,SNAP_TIME
for unit in BLOCKS SECTORS BYTES; do
	fields=$fields,MAPPED_$unit,EXCLUSIVE_$unit,SHARED_$unit
done
for words in md.img '--no-headers md.img' '-o DEV md.img' '--format DEV,MAPPED_BLOCKS md.img' \
	"-o $fields md.img"; do
	# shellcheck disable=SC2086
	unchanged md.img run_ok thin_ls $words
done
for words in broken.img '-o WRONG md.img' '-o dev md.img' '-m md.img' md.xml; do
	# shellcheck disable=SC2086
	fails thin_ls $words
done
for words in '--region 0..1 md.img' '--region 5..45 --region 0..10 md.img' \
	'--region 0..99999999 md.img'; do
	# shellcheck disable=SC2086
	unchanged md.img run_ok thin_rmap $words
done
for words in md.img '--region 0..1' '--region 0..1 broken.img' '--region 0..-1 md.img' \
	'--region 0...1 md.img' '--region 0-5 md.img' '--region 00 md.img' '--region 0 0 md.img' \
	'--region 5..5 md.img' '--region 8..5 md.img' '--region md.img'; do
	# shellcheck disable=SC2086
	fails thin_rmap $words
done

# thin_metadata_size
for words in '' -n -nlong -nshort; do
	# shellcheck disable=SC2086
	run_ok thin_metadata_size -b64k -s100m -m1 -um $words
	stderr_is_empty
done
for words in '-b 64' '-b 64 -s 128' '-b 25 -s 128 -m 10' '-b 128 -s 64 -m 10' '-u h' '-n -n' \
	-nlongshort '-b 64k -s 100m -m 1 -u h' '-b 64k -s 100m -m 1 -nlongshort'; do
	# shellcheck disable=SC2086
	fails thin_metadata_size $words
done
