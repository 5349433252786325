# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What inject.c does, for scripts that include this and expect.sh.

parameter=/sys/module/dm_multisnap/parameters/inject

inject() { # FUNCTION N ERROR
	echo "$*" >$parameter
}
was_hit() {
	[ "$(head -n 1 $parameter)" = hit ]
}
until_hit() {
	local n

	for ((n = 0; n < 1000; n++)); do
		was_hit && return
		sleep 0.1
	done
	return 1
}
# No commit because it is time, until the next injection: one that was due is done, and no other is
# asked for.  However slow the guest is, nothing comes between two commands then.  Calls are
# counted from here.
no_ticks() {
	inject queue_delayed_work_on 1+ 1
	works dmsetup suspend pool
	works dmsetup resume pool
	inject queue_delayed_work_on 1+ 1
}
