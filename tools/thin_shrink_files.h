/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_shrink_files - what thin_shrink reads and writes: metadata or XML, and data. */
#ifndef TOOLS_THIN_SHRINK_FILES_H
#define TOOLS_THIN_SHRINK_FILES_H

#include "input.h"
#include "meta/thin_shrink.h"
#include "new_file.h"
#include "thin_shrink_request.h"

/* What is open. */
struct shrink_files {
	struct engine *in;		/* metadata, */
	struct engine *out;
	struct input xml_in;		/* or XML, */
	struct new_file xml;		/* -1 in both: not open; */
	struct engine *data;		/* and the data */
};

/*
 * Opens what @q names, all of it before anything is written; @f says that nothing
 * is open.  0, or an error after the words.
 */
int shrink_files_open(struct shrink_files *f, const struct shrink_request *q);

/* Writes the XML and makes it safe.  0, or an error, -EUCLEAN after the words. */
int shrink_files_write_xml(struct shrink_files *f, struct thin_shrink *s);

/* Closes all that is open.  @r, or if that is 0 what closing gave. */
int shrink_files_close(struct shrink_files *f, int r);

#endif
