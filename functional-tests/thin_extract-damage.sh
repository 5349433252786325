#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Of a damaged pool everything that is left can be had, and what is missing is told.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

size=65536
make_thin_md meta.img 3 450
head -c $((300 * size)) /dev/urandom >some
blank data.img $((4500 * size))
for at in 0 500 1000 1500; do
	dd if=some of=data.img bs=$size seek=$at conv=notrunc status=none
done
extract() { # FILE OPTION...
	extract_from=$1
	shift
	run thin_extract --metadata-dev "$extract_from" --data-dev data.img "$@"
}
refuses() { # FILE TEXT OPTION...
	refuses_from=$1
	refuses_text=$2
	shift 2
	extract "$refuses_from" "$@" -o out.img
	[ "$status" = 1 ] || complain "wanted status 1"
	stdout_is_empty
	stderr_has "$refuses_text"
	[ ! -e out.img ] || fail "there is an output"
	set -- out.img.*
	[ ! -e "$1" ] || fail "$1 is left"
}
data_is_smaller() {
	sed 's/nr_data_blocks="1000000"/nr_data_blocks="4500"/' meta.img.xml >pool.xml
	restored pool.xml meta.img 4M
}
data_is_smaller
extract meta.img --dev-id 2 -o wanted.img
[ "$status" = 0 ] || complain "wanted status 0"

# A leaf is lost: its blocks alone.
leaf=$(md path meta.img 2 600 | tail -n 1)
cp meta.img damaged.img
spoil_block damaged.img "$leaf"
refuses damaged.img "--repair extracts what can be saved" --dev-id 2
extract damaged.img --dev-id 1 -o 1.img
[ "$status" = 0 ] || complain "another volume is hit"
extract damaged.img --repair --dev-id 2 -o out.img
[ "$status" = 1 ] || complain "wanted status 1"
stderr_has "lost"
stderr_has "out.img: mappings of device 2 are lost or older"
[ "$(size_of out.img)" = "$(size_of wanted.img)" ] || fail "it has another size"
cmp -l wanted.img out.img | awk -v size=$size '
	{ block = int(($1 - 1) / size); if (!first) first = block + 1; last = block }
	$3 { print "not zeroes"; exit }
	END { print first - 1, last }' >differ
read -r first last <differ
if [ "$first" -le 0 ] || [ "$last" -ge 1348 ] || [ $((last - first)) -ge 600 ]; then
	fail "more is lost than a leaf: $(cat differ)"
fi
rm out.img
extract damaged.img --repair --dev-id 1 -o out.img
same 1.img out.img
rm out.img
extract damaged.img --repair --dev-id 2 --dry-run
[ "$status" = 1 ] || complain "wanted status 1"

# A superblock is no more needed than for a repair.
cp meta.img damaged.img
spoil_block damaged.img 0
refuses damaged.img "thin_repair may help" --dev-id 2
refuses damaged.img "--data-block-size" --dev-id 2 --repair
extract damaged.img --repair --data-block-size 128 --dev-id 2 -o out.img
same wanted.img out.img
rm out.img

# A data device that was cut off.
truncate -s $((1050 * size)) data.img
refuses meta.img "is too small for this pool" --dev-id 2
extract meta.img --repair --dev-id 2 -o out.img
[ "$status" = 1 ] || complain "wanted status 1"
stderr_has "data.img: warning: is smaller than the pool says"
stderr_has "the device ends there"
stderr_has "out.img: "
[ "$(wc -l <err)" -lt 110 ] || fail "too many words"
rm out.img

# What cannot be.
for command in "--dev-id 7" "--dev-id 16777216" "" "--dev-id 1 --size 1b" "--dev-id 1 --size 1x" \
	"--dev-id 1 --range 5" "--dev-id 1 --range 5..4" "--dev-id 1 --range 0..10 --size 5" \
	"--dev-id 1 --repair -m" "--dev-id 1 --data-block-size 128" \
	"--dev-id 1 --repair --data-block-size 100"; do
	# shellcheck disable=SC2086 # words
	refuses meta.img "" $command
	stderr_lines 1
done
refuses meta.img "No such file" --dev-id 1 --origin missing
run_rejects thin_extract --metadata-dev meta.img --data-dev meta.img --dev-id 1 -o out.img
stderr_has "is the metadata as well"
run_rejects thin_extract --metadata-dev meta.img --dev-id 1 -o out.img
stderr_has "--data-dev"
sed 's|</superblock>||' pool.xml >bad.xml
refuses bad.xml "bad.xml" --dev-id 1
refuses pool.xml "is XML" --dev-id 1 --repair

# Nothing that is there is overwritten by mistake.
echo precious >there
for option in '' -q; do
	# shellcheck disable=SC2086 # words or none
	unchanged there run_fails thin_extract $option --metadata-dev meta.img --repair \
		--data-dev data.img --dev-id 3 -o there
done
for file in meta.img data.img; do
	unchanged $file run_rejects thin_extract -f --metadata-dev meta.img --data-dev data.img \
		--dev-id 1 -o $file
	stderr_has "is an input as well"
done
ln data.img hard
unchanged data.img run_rejects thin_extract -f --metadata-dev meta.img --data-dev data.img \
	--dev-id 1 -o hard
cp wanted.img origin.img
unchanged origin.img run_rejects thin_extract -f --metadata-dev meta.img --data-dev data.img \
	--origin origin.img --dev-id 1 -o origin.img
truncate -s $((4500 * size)) data.img
run_ok thin_extract --force --metadata-dev meta.img --data-dev data.img --dev-id 1 -o there
[ "$(size_of there)" -gt 9 ] || fail "it is not replaced"
echo precious >there
run sh -c 'ulimit -f 1000; trap "" XFSZ; exec thin_extract -f --metadata-dev meta.img \
	--data-dev data.img --dev-id 1 -o there'
[ "$status" = 1 ] || complain "wanted status 1"
stderr_has "File too large"
[ "$(cat there)" = precious ] || fail "it is gone"
extract meta.img --dev-id 1 -o /dev/full
[ "$status" = 1 ] || complain "wanted status 1"
stderr_has "/dev/full: No space left"
