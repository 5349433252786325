#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Nothing is printed into metadata when a tool starts with closed streams.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture needs-check
fixture killed
thin_dump -o new.xml killed.img
thin_check --clear-needs-check-flag needs-check.img >/dev/null 2>&1
cp needs-check.img cleared.img
cp killed.img md.img
run_ok thin_check --auto-repair md.img
cp md.img repaired.img

# Runs a command with all combinations of streams; says what its status was.
for closed in '>&-' '2>&-' '<&-' '>&- 2>&-' '<&- >&-' '<&- 2>&-' '<&- >&- 2>&-'; do
	with() { # COMMAND
		status=0
		sh -c "exec $1 $closed" >/dev/null 2>&1 || status=$?
	}
	# Two lines are lost with stdout, which is an error, but one told by the status.
	for command in --clear-needs-check-flag --auto-repair; do
		fixture needs-check md.img
		with "thin_check $command md.img"
		cmp -s md.img cleared.img || fail "thin_check $command $closed spoils metadata"
		case $closed in
		*'>&-'*) [ "$status" -le 1 ] ;;
		*) [ "$status" = 0 ] ;;
		esac || fail "thin_check $command $closed: status $status"
		fixture needs-check md.img
		with "thin_check -q $command md.img"
		[ "$status" = 0 ] || fail "thin_check -q $command $closed: status $status"
		same md.img cleared.img
	done
	cp killed.img md.img
	with "thin_check --auto-repair md.img"
	same md.img repaired.img
	with "thin_check --json md.img"
	same md.img repaired.img
	with "thin_check no/such/file"
	[ "$status" = 1 ] || fail "thin_check $closed: status $status"

	with "thin_dump md.img"
	same md.img repaired.img
	case $closed in
	'2>&-' | '<&-' | '<&- 2>&-') [ "$status" = 0 ] ;;
	*) [ "$status" = 1 ] ;;
	esac || fail "thin_dump $closed: status $status"
	rm -f dump.xml
	with "thin_dump -o dump.xml md.img"
	[ "$status" = 0 ] || fail "thin_dump -o $closed: status $status"
	same dump.xml new.xml

	cp needs-check.img md.img
	with "thin_restore -i new.xml -o md.img"
	[ "$status" = 0 ] || fail "thin_restore $closed: status $status"
	run_ok thin_dump md.img
	stdout_is_file new.xml
	cp repaired.img md.img
	with "thin_restore -i no/such/file -o md.img"
	[ "$status" = 1 ] || fail "thin_restore $closed: status $status"
	same md.img repaired.img
done
run thin_restore -i - -o md.img <&-
[ "$status" = 1 ] || complain "wanted status 1"
same md.img repaired.img
