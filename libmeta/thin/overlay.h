/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * overlay - a metadata device as it would be if it were sound.
 *
 * It lies over a device that is only read.  A block of it is the one below; or
 * one that was found elsewhere below, perhaps with one bit put right; or one
 * that was made anew.  It has more blocks than what is below, so that there
 * is room for new ones.
 *
 *	overlay	   0'  1  2  3'  4  5  6   7'  8'  ...
 *	below	   0   1  2  3   4  5  6
 *
 * Readers of sound metadata read it through ->engine, on any number of
 * threads, while nobody changes it.
 */
#ifndef THIN_OVERLAY_H
#define THIN_OVERLAY_H

#include "base/bits.h"
#include "io/engine.h"

/* In place of a bit number. */
#define OVERLAY_NO_BIT UINT32_MAX

/* In place of a block below, for one that was made anew. */
#define OVERLAY_NOWHERE UINT32_MAX

struct overlay_block {
	uint32_t where;
	uint32_t from;			/* the block below, or OVERLAY_NOWHERE; */
	uint32_t bit;			/* to be inverted there, or OVERLAY_NO_BIT */
	void *data;			/* or its content */
};

struct overlay {
	struct engine engine;		/* comes first; closing it does nothing */
	struct engine *below;
	struct bits has;		/* blocks that are not those below */
	struct overlay_block *blocks;	/* a hash table */
	size_t room;
};

/* @nr_blocks: of the overlay, at least as many as @below has.  0 or -ENOMEM. */
int overlay_init(struct overlay *o, struct engine *below, uint64_t nr_blocks);
void overlay_exit(struct overlay *o);

/* Block @where is @from below, with @bit inverted.  0 or -ENOMEM. */
int overlay_redirect(struct overlay *o, uint64_t where, uint64_t from, uint32_t bit);

/* Forgets all content that was changed, but not what was redirected.  0 or -ENOMEM. */
int overlay_reset(struct overlay *o);

/*
 * The content of @where, to be changed; zeroes if it could not be read.  NULL
 * without memory.
 */
void *overlay_edit(struct overlay *o, uint64_t where);

#endif
