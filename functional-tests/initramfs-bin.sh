#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The program for boot images is small, needs no other file, has its four tools
# and no more, and they do the same as always.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

made=$(dirname "$bin")/initramfs
four='thin_check thin_dump thin_repair thin_restore'

# Bytes; kilobytes have a thousand.
is_small() { # PROGRAM LIMIT
	[ "$(size_of "$1")" -le "$2" ] || fail "$1 has $(size_of "$1") bytes, at most $2"
}
is_alone() { # PROGRAM
	run readelf -lW "$1"
	stdout_has LOAD
	stdout_lacks INTERP
	stdout_lacks DYNAMIC
	stderr_is_empty
	run readelf -SW "$1"
	stdout_lacks .symtab
	stdout_lacks .debug
	stdout_lacks .eh_frame_hdr
}
has_four() { # PROGRAM
	run_fails "$1"
	sed -n 's/^  \(thin_[a-z_]*\) .*/\1/p' err | sort >listed
	[ "$(paste -s -d ' ' listed)" = "$four" ] || complain "wanted these tools: $four"
}
# The table of sections goes, nothing that runs does, and what cannot be cut stays.
cuts_well() { # PROGRAM
	cut=$(dirname "$srcdir")/packaging/initramfs/cut-sections
	cp "$1" cut.bin
	run_ok "$cut" cut.bin
	is_silent
	[ "$(size_of cut.bin)" -le $(($(size_of "$1") - 1000)) ] || fail 'nothing is cut off'
	readelf -lW "$1" | sed '/mapping/,$d; /^$/d' >headers
	run_ok readelf -lW cut.bin
	stderr_is_empty
	sed -i '/^$/d' out
	stdout_is_file headers
	run ./cut.bin
	stderr_has 'thin_check           Checks'
	unchanged cut.bin run_ok "$cut" cut.bin
	# A table that is in front of what runs.
	cp "$1" odd.bin
	printf '\100\0\0\0' | dd of=odd.bin bs=1 seek=40 conv=notrunc status=none
	unchanged odd.bin run_fails "$cut" odd.bin
	stderr_has 'sections at 64'
	echo 'no program' >text
	unchanged text run_fails "$cut" text
	stderr_has 'text: is no ELF file'
}
# Its tools in PATH, and nothing else of ours.
works() { # DIRECTORY
	"$srcdir/run" -n works -j 1 "$1" every-tool every-tool-bad-input \
		every-tool-closed-streams thin_check-fixtures thin_check-threads thin_dump-formats \
		thin_repair-roots thin_restore-grammar thin_restore-round-trip >log 2>&1 || {
		cat log
		fail "the tools in $1/bin do not pass"
	}
	tail -n 1 log | grep -qx 'works: 9 passed, 0 failed, 0 skipped' || fail "$(cat log)"
}

strip -o whole.bin "$bin/pdata_tools"
cuts_well ./whole.bin
tested=0
for libc in musl glibc; do
	program=$made/$libc/bin/pdata_tools
	[ -x "$program" ] || continue
	tested=$((tested + 1))
	case $libc in
	musl) is_small "$program" 400000 ;;
	glibc) is_small "$program" 1000000 ;;
	esac
	is_alone "$program"
	has_four "$program"
	works "$made/$libc"
done
[ $tested -gt 0 ] || fail "there is no program in $made"
[ $tested = 2 ] || ! command -v musl-gcc >/dev/null || fail "there is musl-gcc, but it was not used"
