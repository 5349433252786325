/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan - what is about to be written to a device, known before it is.
 *
 * The same work is done twice.  The first time writes go nowhere, and the plan
 * notes which blocks they would have changed, and into what.  Then, perhaps
 * after the old blocks were put by, plan_begin() opens the way: what is
 * written must now be what was noted, block by block.
 *
 * For writers that read nothing of what they write.
 */
#ifndef THIN_PLAN_H
#define THIN_PLAN_H

#include "io/engine.h"
#include "meta/format.h"

/* A power cut may leave so many parts of a block old, or new. */
#define PLAN_SECTORS (META_BLOCK_SIZE / 512)

struct plan_block {
	uint64_t where;
	uint32_t sums[PLAN_SECTORS];	/* of each sector, as it will be */
};

struct plan {
	struct engine engine;		/* comes first; closing it does nothing */
	struct engine *below;
	struct plan_block *blocks;	/* in the order of writing */
	size_t nr, room;
	bool has_begun;
	size_t next;			/* to be written */
};

/* @below is borrowed. */
void plan_init(struct plan *p, struct engine *below);
void plan_exit(struct plan *p);

/* From now on writes reach the device. */
void plan_begin(struct plan *p);

/* The checksums of the sectors of @block. */
void plan_sums(const void *block, uint32_t sums[PLAN_SECTORS]);

#endif
