/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_shrink_files - XML that thin_shrink reads and writes. */
#ifndef TOOLS_THIN_SHRINK_FILES_H
#define TOOLS_THIN_SHRINK_FILES_H

#include "meta/thin_shrink.h"
#include "tool.h"

/* Opens XML.  0, or -EUCLEAN after the words. */
int shrink_input_open(const struct tool *tool, const char *path, int *fd);

/* Where XML goes.  What is there stays until the first byte is written. */
struct shrink_output {
	const char *path;
	int fd;				/* -1: not open */
	bool is_new;			/* made by us, and empty still */
};

/* 0, or -EUCLEAN after the words. */
int shrink_output_open(const struct tool *tool, const char *path, struct shrink_output *x);

/* Writes it and makes it safe.  0, or what the system said. */
int shrink_output_write(struct shrink_output *x, struct thin_shrink *s);

/*
 * Closes it, if it is open; after an error @r what was made and not written is
 * taken away.  @r, or if that is 0 what closing gave.
 */
int shrink_output_close(struct shrink_output *x, int r);

#endif
