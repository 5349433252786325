/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_check_mend - what thin_check writes, and how that is undone. */
#ifndef TOOLS_THIN_CHECK_MEND_H
#define TOOLS_THIN_CHECK_MEND_H

#include "meta/thin_check.h"

struct mend {
	bool rebuild;			/* --rebuild-space-maps */
	unsigned nr_threads;
	const char *undo;		/* the undo file to be made, or NULL */
	const char *done;		/* becomes what was done, in words */
};

/* Is there anything that rebuilding the space maps may cure? */
bool mend_is_for_rebuild(const struct thin_check_report *rep);

/*
 * Does what was asked for after a check with @rep.  0, also if there was
 * nothing to do; else an error, after the words about it.
 */
int mend_do(struct mend *m, const char *path, struct engine *e,
	    const struct thin_check_report *rep);

/* Puts the old bytes back.  0, or -EUCLEAN after the words. */
int mend_undo(const char *path, const char *undo);

#endif
