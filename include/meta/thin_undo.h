/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_undo - puts back what a repair in place has changed.
 *
 * A repair that is asked to (see thin_check_mend()) first writes an undo
 * file: the old bytes of every block that it is going to change, and what each
 * will become.  The file goes with the one device that it was made from, as
 * long as nothing but the repair has changed those blocks.
 */
#ifndef META_THIN_UNDO_H
#define META_THIN_UNDO_H

#include "meta/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

struct thin_undo;

enum thin_undo_code {
	THIN_UNDO_KIND,		/* not an undo file */
	THIN_UNDO_UNFINISHED,	/* making it was interrupted */
	THIN_UNDO_VERSION,	/* a newer one; found, wanted */
	THIN_UNDO_LENGTH,	/* cut short, or too long; bytes found, wanted */
	THIN_UNDO_SUM,		/* damaged */
	THIN_UNDO_SIZE,		/* for a device of another size; bytes found, wanted */
	THIN_UNDO_CHANGED,	/* block @found is neither of old nor of the repair */
};

struct thin_undo_issue {
	enum thin_undo_code code;
	uint64_t found;
	uint64_t wanted;
};

/*
 * Reads an undo file and judges all of it.  0 and *@u, which goes to
 * thin_undo_close(); -EUCLEAN with @issue filled; or what the system said.
 */
int thin_undo_open(struct thin_undo **u, const char *path, struct thin_undo_issue *issue);
void thin_undo_close(struct thin_undo *u);

/*
 * Puts the old bytes back on @e, which was opened for writing.  Nothing is
 * written unless all blocks are as they were before the repair or as it made
 * them, or in between, as an interruption leaves them.  May be interrupted
 * itself and done again.  *@nr: how many blocks were not as of old.
 *
 * 0; -EUCLEAN with @issue filled; or what the system said.
 */
int thin_undo_apply(struct thin_undo *u, struct engine *e, uint64_t *nr,
		    struct thin_undo_issue *issue);

/* The issue in words, without a newline; returns @text. */
#define THIN_UNDO_TEXT_MAX 240
char *thin_undo_text(const struct thin_undo_issue *issue, char text[THIN_UNDO_TEXT_MAX]);

#ifdef __cplusplus
}
#endif

#endif
