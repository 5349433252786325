/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * moves - which data blocks go where when a pool is made smaller.
 *
 * Everything mapped at or above a limit goes to free blocks below it.  Ranges
 * stay whole as long as any hole is large enough: the longest go first, each
 * to the smallest hole that takes it.  The same pool always gives the same
 * moves.
 */
#ifndef THIN_MOVES_H
#define THIN_MOVES_H

#include <stddef.h>

#include "base/bits.h"

struct move {
	uint64_t from;
	uint64_t to;
	uint64_t length;		/* at least 1 */
};

struct moves {
	struct move *all;		/* by from */
	size_t nr;
	uint64_t limit;
	uint64_t nr_blocks;		/* of all moves */
	uint64_t nr_free;		/* blocks below the limit that may be filled */
	uint64_t nr_ranges;		/* at or above the limit, before any was split */
	size_t *first;			/* where to look, by groups of blocks */
	uint64_t nr_groups;
	unsigned shift;			/* blocks of a group are 1 << shift */
};

/*
 * Plans to move the members of @mapped from @limit on to numbers below that
 * are not in @taken.  Both have the same limit, at least @limit.  0; -ENOSPC
 * when there is not enough room: @m says how much there is and is wanted; or
 * -ENOMEM.  moves_exit() is for all.
 */
int moves_plan(struct moves *m, const struct bits *mapped, const struct bits *taken,
	       uint64_t limit);
void moves_exit(struct moves *m);

/* The move of @block, which must be one that moves. */
const struct move *moves_find(const struct moves *m, uint64_t block);

#endif
