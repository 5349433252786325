#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A restore to a sparse file says so when the file system below it is full.
# shellcheck source=functional-tests/lib.sh
. "${srcdir:-.}/lib.sh"

[ "$(id -u)" = 0 ] || skip "only root can make a small file system"
make_xml 3 400 >in.xml
mkdir small
mount -t tmpfs -o size=16k tmpfs small 2>/dev/null || skip "no mounts here"
truncate -s 4M small/md.img
run thin_restore -i in.xml -o small/md.img
umount small
[ "$status" = 1 ] || complain "wanted status 1"
stderr_has "small/md.img: No space left on device"
stderr_lines 1
