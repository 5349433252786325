/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * change - a repair in place: from one whole state of a device to another.
 *
 *	plan -> undo file -> new blocks -> flush -> judge -> superblock -> flush
 *
 * New blocks go where nothing in use is, and the write of the superblock makes
 * them count.  So an interruption leaves the old state or the new one.
 */
#ifndef THIN_CHANGE_H
#define THIN_CHANGE_H

#include "io/engine.h"
#include "meta/format.h"
#include "meta/thin_check.h"

struct change {
	/*
	 * Writes new blocks to @to and changes @sb, which holds what is on the
	 * device and is sealed afterwards.  Called twice or more, and does the
	 * same again; see plan.h.  0 or an error.
	 */
	int (*write)(void *arg, struct engine *to, struct thin_sb_disk *sb);
	/* Block @where cannot be read, so it is not to be used.  0 or an error. */
	int (*avoid)(void *arg, uint64_t where);
	/* Judges what @e would be, before it is; may be NULL. */
	int (*judge)(void *arg, struct engine *e);
	void *arg;
};

/* Does it.  Nothing is written if the superblock would not change. */
int change_make(const struct change *ch, struct engine *e, struct thin_check_mending *r);

#endif
