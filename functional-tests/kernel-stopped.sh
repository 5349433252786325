#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Who stops uml-run stops the guest, and nothing of it is left.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_guest
mkdir run
cat >stay <<'END'
#!/bin/sh
: >"$READY"
sleep 1000
END
chmod +x stay
TMPDIR=$PWD/run "$uml/uml-run" -t 1000 --ro "$PWD" -- "$PWD/stay" >out 2>err &
runner=$!
until [ -n "$(ls run/*/ready 2>/dev/null)" ]; do
	kill -0 $runner || fail "no guest: $(cat err)"
	sleep 0.1
done
name=$(cd run && echo uml-run.*)
# By itself it would end long after this test has been ended.
kill -TERM $runner
wait $runner
status=$?
[ $status = 143 ] || fail "status $status, wanted 143"
# What was killed takes a moment to go.  The brackets are for grep not to find itself.
tries=0
while
	left=$(grep -lsa "[u]${name#u}" /proc/[0-9]*/cmdline)
	[ -n "$left" ] && [ $tries -lt 600 ]
do
	tries=$((tries + 1))
	sleep 0.1
done
[ -z "$left" ] || fail "processes are left: $left"
[ -z "$(ls run)" ] || fail "files are left: $(ls run)"
