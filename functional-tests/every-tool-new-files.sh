#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A file that a tool writes is there when all of it is, and what had its name stays until
# then, whatever ends the tool.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

fixture snapshots in.img
blank data.img 1G
thin_dump -o in.xml in.img || fail "no XML"
thin_metadata_pack -i in.img -o in.pack || fail "no pack"
mkdir there
umask 022

# The words of a command that writes the file.
words_of() { # CASE FILE
	case $1 in
	dump) echo "thin_dump -o $2 in.img" ;;
	salvage) echo "thin_dump --repair -o $2 in.img" ;;
	report) echo "thin_repair --dry-run -i in.img --report $2" ;;
	pack) echo "thin_metadata_pack -f -i in.img -o $2" ;;
	unpack) echo "thin_metadata_unpack -f -i in.pack -o $2" ;;
	extract)
		echo "thin_extract --force --metadata-dev in.img --data-dev data.img" \
			"--dev-id 0 -o $2"
		;;
	send) echo "thin_send --metadata in.img --data data.img --thin 0 -o $2" ;;
	shrink)
		echo "thin_shrink --no-copy --data data.img -i in.xml -o $2 --nr-blocks 8000"
		;;
	esac
}
cases='dump salvage report pack unpack extract send shrink'
out=there/out

# Nothing but the output, as it was, or nothing at all.
is_alone() { # NAMES
	[ "$(ls -A there)" = "$1" ] || fail "$ran: left: $(ls -A there)"
}
# What has become of the output is said last, and behind a line of why.
ends_with() { # TEXT
	tail -n 1 err | grep -q "^thin_[a-z_]*: $1\$" || complain "wanted as the last line: $1"
	[ "$(wc -l <err)" -ge 2 ] || complain "nothing said of why"
}
not_made() {
	ends_with "$out: was not made"
	is_alone ''
}
stays() {
	ends_with "$out: is left as it was"
	is_alone out
	same $out old
}
do_case() { # CASE [FILE]
	# shellcheck disable=SC2046 # words
	"$run_as" $(words_of "$1" "${2:-$out}")
}
run_as=run_ok
# All of it is there; streams have something random.
is_whole() { # FILE
	case $case in
	send)
		[ "$(size_of "$1")" = "$(size_of whole)" ] &&
			thin_receive --dry-run -q -i "$1" >/dev/null
		;;
	*) cmp -s "$1" whole ;;
	esac || fail "$ran: not the same"
}
head -c 300000 /dev/zero | tr '\0' x >old

no_room() { # COMMAND...
	run sh -c 'trap "" XFSZ; ulimit -f 1; exec "$@"' sh "$@"
	[ "$status" = 1 ] || complain "wanted status 1"
}

for case in $cases; do
	rm -rf there/*
	do_case "$case"
	rights=644
	[ "$case" != send ] || rights=600
	[ "$(stat -c %a $out)" = $rights ] || fail "$ran: rights $(stat -c %a $out)"
	is_alone out
	mv $out whole

	# In the place of another, with its rights.
	cp old $out
	chmod 640 $out
	do_case "$case"
	is_whole $out
	[ "$(stat -c %a $out)" = 640 ] || fail "$ran: rights $(stat -c %a $out)"
	is_alone out

	# By a link, which stays one; with two names, which stay one file.
	cp old $out
	ln -s there/out link
	ln -s link twice
	do_case "$case" twice
	[ -L twice ] || fail "$ran: a link is gone"
	[ -L link ] || fail "$ran: a link is gone"
	is_whole $out
	rm twice link
	ln $out hard
	cp old $out
	do_case "$case"
	[ "$(stat -c %h $out)" = 2 ] || fail "$ran: two files now"
	is_whole hard
	rm hard $out
	ln -s out there/to-come
	do_case "$case" there/to-come
	[ -L there/to-come ] || fail "$ran: the link is gone"
	is_whole $out
	rm -f there/*

	# No room for all of it.
	run_as=no_room
	do_case "$case"
	not_made
	cp old $out
	do_case "$case"
	stays
	run_as=run_ok
done

# What is wrong with the input comes first as well.
rm -rf there/*
cp in.img lost.img
spoil_block lost.img "$(md get in.img 0 320 8)"
run_fails thin_dump -o $out lost.img
not_made
blank nothing.img 4M
run_fails thin_repair --dry-run --data-block-size 128 -i nothing.img --report $out
not_made

# Who may do what stays as it was, whatever the directory hands down.
rm -rf there/*
cp old $out
"$builddir/acl" access $out 2>err
case $? in
0)
	"$builddir/acl" $out >access
	run_ok thin_dump -o $out in.img
	same $out in.xml
	"$builddir/acl" $out | cmp - access || fail "another access control list"
	rm $out
	cp old $out
	chmod 660 $out
	"$builddir/acl" default there || fail "no list for the directory"
	run_ok thin_dump -o $out in.img
	[ "$("$builddir/acl" $out)" = none ] || fail "an access control list from nowhere"
	[ "$(stat -c %a $out)" = 660 ] || fail "rights $(stat -c %a $out)"
	rmdir there 2>/dev/null || rm -r there
	mkdir there
	;;
77) ;;
*) fail "no list: $(cat err)" ;;
esac

# Other descriptors keep what they have: the shell's.
for name in /dev/stdout /dev/fd/7 /proc/self/fd/7; do
	thin_dump -o $name in.img 7>seventh >first || fail "-o $name fails"
	cmp -s in.xml first || same in.xml seventh
	rm first seventh
done
exec 7>there/held
thin_dump -o there/held in.img
echo behind >&7
exec 7>&-
grep -q behind there/held || fail "a file that is open was replaced"
rm there/held

# Where no other can take its place it is written as it is; so is one that is mounted there.
rm -rf there/*
: >there/mounted
cp old source
! mount --bind source there/mounted 2>/dev/null || {
	run thin_dump -o there/mounted in.img
	umount there/mounted
	[ "$status" = 0 ] || complain "wanted status 0"
	same source in.xml
	rm there/mounted
	is_alone ''
}
need_user
mkdir closed
cp old closed/out
chmod 666 closed/out
cp in.img any.img
chmod 555 closed
chmod 644 any.img
run_ok as_user thin_dump -o closed/out any.img
same closed/out in.xml
[ "$(ls -A closed)" = out ] || fail "left $(ls -A closed)"
[ "$(id -u)" != 0 ] || {
	chmod 777 there
	cp old $out
	chmod 666 $out
	run_ok as_user thin_dump -o $out any.img
	same $out in.xml
	[ "$(stat -c %u $out)" = 0 ] || fail "another owner"
	chown 65534:65534 $out
	run_ok thin_dump -o $out any.img
	[ "$(stat -c %u:%g $out)" = 65534:65534 ] || fail "another owner"
	is_alone out
}

# Whatever signal comes when some of it or all has been written; also where files cannot be
# nameless, as without /proc.
need_strace
killed() { # SIGNAL CALL [NO-PROC]
	rm -rf there/*
	[ $old = no ] || cp old $out
	# shellcheck disable=SC2046 # words
	run strace -f -qq -o log -e "trace=openat,$2,?access,?faccessat" \
		${3:+-e "inject=?access,?faccessat:error=ENOENT"} -e "inject=$2:signal=$1" \
		$(words_of "$case" $out)
	[ "$status" -gt 128 ] || complain "wanted that it dies of a signal"
	grep -q there log || fail "not on its way yet: $(cat log)"
	[ -z "${3-}" ] || grep -q 'there/\.thin.*O_EXCL' log || fail "it was not made by name"
	[ $old = no ] || same $out old
	# What has a name stays when there is no time to take it away.
	[ "$nameless$1" != noKILL ] || rm -f there/.thin*
	is_alone "$([ $old = no ] || echo out)"
}
writing=write,writev,pwrite64
# The last step; some file systems have no nameless files.
nameless=yes naming=linkat
files_can nameless || nameless=no naming='?rename,?renameat,?renameat2'
for case in dump pack send; do
	for old in no yes; do
		killed KILL "$naming"
		# Afterwards it has its name.
		[ $nameless = no ] || killed TERM "$naming"
		killed KILL $writing
		for signal in HUP INT TERM; do
			killed $signal $writing no-proc
		done
	done
done
# Where files need a name from the start SIGKILL leaves one that tells whose it was; it is
# in nobody's way, not even in that of a process with the same number.
case=dump
old=yes
rm -rf there/*
cp old $out
run strace -f -qq -o /dev/null -e "trace=$writing,?access,?faccessat" \
	-e inject=?access,?faccessat:error=ENOENT -e inject=$writing:signal=KILL \
	thin_dump -o $out in.img
[ "$status" -gt 128 ] || complain "wanted that it dies of a signal"
same $out old
rm there/.thin_dump.[0-9]*.0 || fail "left: $(ls -A there)"
is_alone out
# shellcheck disable=SC2016 # for the shell in there
run_ok strace -f -qq -o /dev/null -e 'trace=?access,?faccessat' \
	-e 'inject=?access,?faccessat:error=ENOENT' \
	sh -c 'for n in 0 1 2 3 4; do echo left >there/.thin_dump.$$.$n; done
		exec thin_dump -o there/out in.img'
same $out in.xml
[ "$(cat there/.thin_dump.*)" = "$(yes left | head -n 5)" ] || fail "what was left was changed"
rm there/.thin_dump*
is_alone out

# One that was ignored before stays so.
rm -rf there/*
run_ok strace -f -qq -o log -e "trace=$naming" -e "inject=$naming:signal=HUP" \
	sh -c 'trap "" HUP; exec thin_dump -o there/out in.img'
same $out in.xml
