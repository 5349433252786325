/* SPDX-License-Identifier: GPL-2.0-or-later */
/* refill - makes the nodes that fill a hole. */
#ifndef THIN_REFILL_H
#define THIN_REFILL_H

#include "thin/salvage.h"

/* What a node has at most. */
#define REFILL_MOST 252u

/* A mapping of an older transaction. */
struct refill_entry {
	uint64_t key;
	uint64_t value;
};

/*
 * Makes the node that @h lacks, of its pieces and of the @nr @entries, which
 * are in the order of keys; a leaf takes REFILL_MOST of them.  Where the
 * entries go is marked.  0, -ENOMEM; -ENOSPC when there is no number left for
 * a block.
 */
int refill_hole(struct thin_salvage *s, const struct hole *h, const struct refill_entry *entries,
		size_t nr);

/* Makes block @where a node of @height without mappings, whose keys are from @low on. */
int refill_empty(struct thin_salvage *s, uint64_t where, uint32_t height, uint64_t low);

#endif
