#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A restore takes numbers from the command line in place of those in the XML, exactly.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

make_xml 2 100 >in.xml
last=$(awk -F '"' '
	/single_mapping/ { block = $4 }
	/range_mapping/ { block = $4 + $6 - 1 }
	block > last { last = block }
	END { print last }' in.xml)

gives() { # PATTERN OPTION...
	gives_pattern=$1
	shift
	blank md.img 4M
	run_ok thin_restore -i in.xml -o md.img "$@"
	stdout_is_empty
	cp err restore.err
	is_sound md.img
	run_ok thin_dump md.img
	head -n 1 out | grep -qF " $gives_pattern" || complain "wanted $gives_pattern"
	sed 1d in.xml >in.rest
	sed 1d out >out.rest
	same in.rest out.rest
	cp restore.err err
}
gives 'transaction="2"'
gives 'transaction="77"' --transaction-id 77
stderr_is_empty
gives 'transaction="18446744073709551615"' --transaction-id=18446744073709551615
gives 'transaction="1"' --transaction-id 1
stderr_has "warning: "
stderr_has "transaction"
gives 'transaction="0"' --transaction-id 5 --transaction-id 0 -q
stderr_is_empty
gives 'data_block_size="1024"' --data-block-size 1024
gives 'data_block_size="2097152"' --data-block-size 2097152
gives 'nr_data_blocks="5000000"' --nr-data-blocks 5000000
gives 'nr_data_blocks="'$((last + 1))'"' --nr-data-blocks $((last + 1))

cp md.img was.img
for size in 0 1 64 100 129 2097153 2097280; do
	unchanged md.img run_rejects thin_restore -i in.xml -o md.img --data-block-size $size
	stderr_has data-block-size
done
unchanged md.img run_rejects thin_restore -i in.xml -o md.img --nr-data-blocks "$last"
stderr_has "in.xml:"
unchanged md.img run_rejects thin_restore -i in.xml -o md.img --nr-data-blocks 0
unchanged md.img run_rejects thin_restore -i in.xml -o md.img --nr-data-blocks 1099511627776
# What the XML says may be nonsense then, for it is not used.
sed 's/nr_data_blocks="[0-9]*"/nr_data_blocks="0"/' in.xml >none.xml
run_rejects thin_restore -i none.xml -o md.img
run_ok thin_restore -i none.xml -o md.img --nr-data-blocks 1000000
is_sound md.img
