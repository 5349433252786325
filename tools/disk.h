/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disk - a block device, or a regular file in the place of one, whose bytes are the
 * content of a volume or a pool.  Metadata is opened by tool_open().
 */
#ifndef TOOLS_DISK_H
#define TOOLS_DISK_H

#include <sys/types.h>

#include "tool.h"

struct disk {
	int fd;			/* -1: not open; the caller's to close */
	bool is_block;
	dev_t dev;		/* of a block device */
	uint64_t size;		/* bytes */
};

/*
 * Opens @path with @flags as open(2) has them.  O_EXCL: a device that somebody else
 * has open is refused; O_DIRECT is left out where a file system does not know it;
 * O_CREAT makes a file for its owner alone.  0, or -EUCLEAN after the words.
 */
int disk_open(struct disk *d, const struct tool *tool, const char *path, int flags);

#endif
