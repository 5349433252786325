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
sleep 100
END
chmod +x stay
TMPDIR=$PWD/run "$uml/uml-run" -t 200 --ro "$PWD" -- "$PWD/stay" >out 2>err &
runner=$!
tries=0
until [ -n "$(ls run/*/ready 2>/dev/null)" ]; do
	tries=$((tries + 1))
	[ $tries -lt 300 ] || fail "no guest: $(cat err)"
	sleep 0.1
done
name=$(cd run && echo uml-run.*)
begin=$(date +%s)
kill -TERM $runner
wait $runner
status=$?
took=$(($(date +%s) - begin))
[ $status = 143 ] || fail "status $status, wanted 143"
[ $took -lt 20 ] || fail "it took $took s"
# What was killed takes a moment to go.  The brackets are for grep not to find itself.
tries=0
while
	left=$(grep -lsa "[u]${name#u}" /proc/[0-9]*/cmdline)
	[ -n "$left" ] && [ $tries -lt 50 ]
do
	tries=$((tries + 1))
	sleep 0.1
done
[ -z "$left" ] || fail "processes are left: $left"
[ -z "$(ls run)" ] || fail "files are left: $(ls run)"
