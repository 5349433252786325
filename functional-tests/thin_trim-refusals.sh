#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Where anything is wrong or doubtful, nothing is discarded.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

make_xml 3 5 | sed '1s/nr_data_blocks="1000000"/nr_data_blocks="64"/' >pool.xml
restored pool.xml sound.img 1M
head -c 4M /dev/urandom >data.img

# Refused with these words, and the data stays as it is.
refused() { # METADATA DATA [OPTION]...
	refused_meta=$1 refused_data=$2
	shift 2
	for refused_option in '' --json --dry-run; do
		unchanged "$refused_data" run_fails thin_trim --metadata-dev "$refused_meta" \
			--data-dev "$refused_data" "$@" ${refused_option:+"$refused_option"}
		stdout_is_empty
		[ "$(wc -l <err)" -le 2 ] || complain "more than two lines"
	done
	unchanged "$refused_data" run_fails thin_trim -q --metadata-dev "$refused_meta" \
		--data-dev "$refused_data" "$@"
	is_silent
	run thin_trim --metadata-dev "$refused_meta" --data-dev "$refused_data" "$@"
}

# Counts that are too low: blocks that are mapped look free.
cp sound.img md.img
md count md.img data 0 0
refused md.img data.img
stderr_has "data block has count 0, wanted 1"
stderr_has "nothing was done"
cp sound.img md.img
leaf=$(md path md.img 2 0 | tail -n 1)
spoil_block md.img "$leaf"
refused md.img data.img
stderr_has "block $leaf"
# Each block in turn: whatever it is, nothing that is in use is lost.
for block in $(md kinds sound.img | cut -d ' ' -f 1); do
	cp sound.img md.img
	spoil_block md.img "$block"
	refused md.img data.img
	stderr_has "block $block"
done
# A bitmap that claims less than it should is found by the trees, an index by its totals.
fixture held
cp data.img held.data
truncate -s 1G held.data
root=$(md get held.img 0 56 8)
spoil_block held.img "$root"
refused held.img held.data
stderr_has "block $root"

# The wrong size.
truncate -s 4128768 data.img
refused sound.img data.img
stderr_has "too small for this pool: has 63 data blocks (3.9 MiB), wanted 64 (4 MiB)"
refused sound.img data.img --yes
truncate -s 4259840 data.img
refused sound.img data.img
stderr_has "--yes"

# The wrong names.
refused sound.img sound.img
stderr_has "is the metadata as well"
ln -s sound.img link
refused sound.img link
stderr_has "is the metadata as well"
refused pool.xml data.img
stderr_has "XML"
mkdir dir
for data in missing dir /dev/null; do
	run_rejects thin_trim --metadata-dev sound.img --data-dev $data
	stderr_has "$data: "
done
[ ! -e missing ] || fail "a data device was created"
run_rejects thin_trim --metadata-dev sound.img
stderr_has --data-dev
run_rejects thin_trim --data-dev data.img
stderr_has --metadata-dev

# One that is larger, when told to.
need_files_that punch
run_ok thin_trim --metadata-dev sound.img --data-dev data.img --yes
# Less than one block more is nobody's.
head -c 4200000 /dev/urandom >data.img
tail -c +4194305 data.img >behind
run_ok thin_trim --metadata-dev sound.img --data-dev data.img
is_silent
tail -c +4194305 data.img >behind.now
cmp -s behind behind.now || fail "what is behind the pool has changed"
