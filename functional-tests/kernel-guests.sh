#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that does not come up is started again; one that hangs says where, and runs again on
# the disks as they were if only the distribution's kernel is at work in it.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

need_guest
mkdir shared

# A kernel that hangs in its first TIMES boots.
cat >slow.uml <<'EOF'
#!/bin/sh
echo x >>"$SHARED/boots"
while [ "$(wc -l <"$SHARED/boots")" -le "$TIMES" ]; do
	sleep 1
done
exec linux.uml "$@"
EOF
chmod +x slow.uml
boots() { # TIMES COMMAND...
	rm -f shared/boots
	TIMES=$1 SHARED=$PWD/shared
	export TIMES SHARED
	shift
	run "$uml/uml-run" -k ./slow.uml -w "$PWD/shared" "$@"
}

# As long as ten boots take here and now is long enough for one.
begin=$(date +%s)
boots 0 -- /bin/echo up
[ "$status" = 0 ] || complain "wanted a guest"
long=$((5 + 10 * ($(date +%s) - begin)))
GUEST_SECONDS=$((25 + long))
# All of it is waiting, so one is done beside the other.
(
	boots 1 --boot $long -- /bin/echo up
	[ "$status" = 0 ] || complain "wanted a guest in the second boot"
	[ "$(cat out)" = up ] || complain "wanted its output alone"
	stderr_has "nothing has begun in the guest after $long s: once more"
	boots 9 --boot $((long / 3)) -- /bin/echo up
	[ "$status" = 125 ] || complain "wanted status 125"
	[ "$(wc -l <shared/boots)" = 3 ] || complain "wanted three boots: $(cat shared/boots)"
) &
boots=$!

# It hangs after it has written, but not the second time, which only the host tells it.
meta=meta.img data=data.img
guest_disks 1M 1M
cat >hangs <<'EOF'
#!/bin/sh
head -c 7 "$DISK0" | od -A n -c
echo written | dd of="$DISK0" conv=fsync status=none
mkdir "$1/again" || exit 0
exec sleep 1000
EOF
chmod +x hangs
mkdir told
guest_twice answer -w "$PWD/told" "$PWD/hangs" "$PWD/told" 2>words ||
	fail "it did not run twice: $(cat words)"
[ "$(cat answer)" = '  \0  \0  \0  \0  \0  \0  \0' ] ||
	fail "wanted the empty disk in the second run, got $(cat answer)"
[ "$(head -n 1 meta.img | tr -d '\0')" = written ] || fail "the second run wrote nothing"
[ ! -e meta.img.before ] || fail "a copy is left"
grep -q "stopped after $GUEST_SECONDS s" words || fail "wanted the limit: $(cat words)"
grep -q "process .*: S in .*: sleep 1000" words || fail "wanted what hangs: $(cat words)"
wait $boots || exit 1
