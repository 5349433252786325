#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What was interrupted, however and wherever, goes on and ends as if it had not been.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

make_stream_pool 128
volume 1 v1
volume 2 v2
receive() {
	thin_receive --state state --checkpoint 128k -o copy "$@"
}
token() {
	thin_receive --print-token --state state || fail "no token"
}

# The stream breaks off, again and again.
for from in '' '--from 1'; do
	for cut in 3000 200000 350000; do
		rm -f state
		cp v1 copy
		# shellcheck disable=SC2086 # words
		sent 2 $from | head -c $cut | run_fails receive || exit 1
		n=0
		while ! grep -q "complete 1" state 2>/dev/null; do
			n=$((n + 1))
			[ $n -lt 100 ] || fail "it does not come to an end"
			resume=
			[ ! -e state ] || resume="--resume $(token)"
			# shellcheck disable=SC2086
			sent 2 $from $resume | head -c $((cut + n * 70000)) >part
			run receive -i part --one-pass
		done
		same v2 copy
		run_rejects thin_receive --print-token --state state
		stderr_has "all has been received"
	done
done

# What was received in part is no base and goes on with nothing else.
rm -f state
cp v1 copy
sent 2 --from 1 | head -c 300000 | run_fails receive || exit 1
stderr_has "thin_send --resume TOKEN"
sent 2 --from 1 >again
unchanged copy run_rejects receive -i again
stderr_has "in part only"
t=$(token)
cp state was.state
for words in "--thin 2" "--thin 1 --from 2" "--thin 4 --from 1" "--thin 2 --from 4"; do
	# shellcheck disable=SC2086
	run_rejects thin_send --metadata pool.img --data pool.data $words --resume "$t"
	stderr_has "cannot go on"
	stdout_is_empty
done
for bad in x "${t}0" "${t%?}" "$(echo "$t" | tr 0123 1230)" ms1 ms1-0-0-0-0-0 ''; do
	run_rejects thin_send --metadata pool.img --data pool.data --thin 2 --from 1 \
		--resume "$bad"
done
sent 2 --from 1 --resume "$t" >rest
unchanged copy run_rejects thin_receive -i rest -o copy
stderr_has "wanted --state"
unchanged copy run_rejects thin_receive -i rest -o copy --state missing
unchanged v2 run_rejects thin_receive -i rest -o v2 --state state
stderr_has "Nothing has been written"
same state was.state
sent 2 --from 1 --resume-from state | run_ok receive || exit 1
same v2 copy
unchanged copy run_rejects receive -i rest
unchanged copy run_rejects receive -i again
stderr_has "up to date already"

# A state is believed only whole.
for change in 's/complete 1/complete 0/' 1d '/^csum/d' 's/^touched ./touched 9/' s/mark/marc/; do
	sed "$change" state >bad.state
	unchanged copy run_rejects thin_receive -i again --state bad.state -o copy
	stderr_has "bad.state: is no state of thin_receive, or damaged"
	run_rejects thin_receive --print-token --state bad.state
	run_rejects thin_send --metadata pool.img --data pool.data --thin 2 \
		--resume-from bad.state
done

# A link to the state stays one.
rm -f state
cp v1 copy
sent 2 --from 1 | run_ok receive || exit 1
ln -s state link.state
sent 1 --from 2 | run_ok thin_receive -o copy --state link.state || exit 1
[ -L link.state ] || fail "the link is gone"
run_rejects thin_receive --print-token --state state
stderr_has "all has been received"
sent 2 --from 1 | run_ok receive || exit 1

need_strace

# Nothing but the state is written beside the target, also where it cannot be written.
mkdir there
echo precious >there/state.new
ln -s ../precious there/.state.new
sent 1 >stream
run_ok thin_receive -i stream -o copy --state there/state
mv there/state was.state
for state in missing old; do
	[ $state = missing ] || cp was.state there/state
	run_fails strace -f -qq -o /dev/null -e trace=fsync -e inject=fsync:error=ENOSPC \
		thin_receive -i stream -o copy --state there/state
	stderr_has "there/state: No space left on device"
	if [ $state = missing ]; then
		stderr_has "there/state: was not made"
	else
		stderr_has "there/state: is left as it was"
		same was.state there/state
	fi
done
rm there/state
[ "$(ls -A there)" = ".state.new
state.new" ] || fail "left: $(ls -A there)"
[ "$(cat there/state.new)" = precious ] || fail "a file of the user's was overwritten"
[ ! -e precious ] || fail "a link was followed"

# The receiver is killed whenever it is about to write.
for from in '' '--from 1'; do
	n=1
	# shellcheck disable=SC2086
	sent 2 $from >stream
	while :; do
		rm -f state
		cp v1 copy
		killed_at $n thin_receive --state state --checkpoint 128k -o copy -i stream
		[ "$status" != 0 ] || break
		resume=
		[ ! -e state ] || resume="--resume-from state"
		# shellcheck disable=SC2086
		sent 2 $from $resume >rest
		run_ok receive -i rest
		same v2 copy
		n=$((n + 1))
	done
	[ $n -gt 3 ] || fail "killed only $n times"
done
