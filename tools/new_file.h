/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * new_file - an output that a tool creates: it has its name when all of it is
 * there, and what had the name before stays until then.
 */
#ifndef TOOLS_NEW_FILE_H
#define TOOLS_NEW_FILE_H

#include "tool.h"

struct new_file {
	const struct tool *tool;
	const char *path;
	char *final;		/* the name to give it, links resolved */
	char *temporary;	/* its name so far; NULL: it is written in place */
	int fd;			/* for reading and writing, if it is no pipe */
};

/*
 * Makes a file beside @path, which replaces it in new_file_keep().  What is no
 * regular file, a pipe or /dev/null, is opened itself; "-" is standard output.
 * Devices and directories are refused.  0, or -EUCLEAN after the words.
 */
int new_file_open(struct new_file *f, const struct tool *tool, const char *path);

/* Gives the file its name, safe from a power failure.  0, or as above. */
int new_file_keep(struct new_file *f);

/* Closes; what was not kept is removed. */
void new_file_close(struct new_file *f);

/*
 * Unless @force: if @path begins with metadata of any kind, asks on stderr
 * whether it may be lost, and reads the answer from stdin.  A quiet tool takes
 * it for a no.
 */
bool tool_may_overwrite(const struct tool *tool, const char *path, bool force);

#endif
