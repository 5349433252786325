/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_shrink_files - what thin_shrink reads and writes: metadata or XML, and data. */
#ifndef TOOLS_THIN_SHRINK_FILES_H
#define TOOLS_THIN_SHRINK_FILES_H

#include "input.h"
#include "meta/thin_shrink.h"
#include "thin_shrink_request.h"

/* Where XML goes.  What is there stays until the first byte is written. */
struct shrink_output {
	const char *path;
	int fd;				/* -1: not open */
	bool is_new;			/* made by us, and empty still */
};

/* What is open. */
struct shrink_files {
	struct engine *in;		/* metadata, */
	struct engine *out;
	struct input xml_in;		/* or XML, */
	struct shrink_output xml;	/* -1 in both: not open; */
	struct engine *data;		/* and the data */
};

/*
 * Opens what @q names, all of it before anything is written; @f says that nothing
 * is open.  0, or an error after the words.
 */
int shrink_files_open(struct shrink_files *f, const struct shrink_request *q);

/* Writes it and makes it safe.  0, or what the system said. */
int shrink_output_write(struct shrink_output *x, struct thin_shrink *s);

/*
 * Closes all that is open; after an error @r XML that was made and not written is
 * taken away.  @r, or if that is 0 what closing gave.
 */
int shrink_files_close(struct shrink_files *f, int r);

#endif
