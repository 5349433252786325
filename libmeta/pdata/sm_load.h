/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sm_load - a space map from the disk into refs, judged on the way.
 *
 * Every stored count is added to the refs.  The map is judged by itself: index against bitmaps,
 * bitmaps against overflow tree, totals against both.  Whether the counts are
 * right is seen when everything that points has been taken off.
 *
 * What cannot be read leaves counts unknown: a whole bitmap's (sm_is_lost), or
 * those of single blocks (refs_is_unknown).
 */
#ifndef PDATA_SM_LOAD_H
#define PDATA_SM_LOAD_H

#include "meta/thin.h"
#include "pdata/bitmap.h"
#include "pdata/walk.h"

/* What the index says about one bitmap. */
struct sm_entry {
	uint32_t where;			/* 0: the index has none */
	uint32_t from;			/* the block of the index that says so */
	uint32_t nr_free;
	uint32_t none_free_before;
	bool lost;			/* the counts of its blocks are not known */
};

struct sm {
	struct walk *walk;
	struct refs *refs;
	struct bits *several;		/* data: blocks with a stored count above 1 */
	struct sm_root root;
	bool is_data;			/* the data device's, or the metadata's */
	struct sm_entry *index;
	uint64_t nr_bitmaps;
	uint64_t nr_allocated;		/* blocks with a count, as stored */
	bool whole;			/* all of it could be read */
	/* While loading. */
	struct bits overflowed;		/* blocks with an overflow entry */
	uint64_t nr_threes;		/* bitmap entries that announce one */
	pthread_mutex_t lock;		/* for the counters and the set */
	/* For sm_stored(): a bitmap and a leaf of the overflow tree. */
	void *blocks;
	uint64_t cached;
	struct node leaf;
};

/*
 * Loads the map that @root describes.  @refs has root->nr_blocks blocks, all
 * zero and not yet used by others.  @several is an empty set for as many, whose
 * count of members is not kept; the metadata's own map has NULL.  Counts of the
 * map's own blocks are taken off walk->refs, if there is one, as for all
 * pointers.
 *
 * 0 also with damage, which goes to the walk's sink; or -ENOMEM.
 */
int sm_load(struct sm *sm, struct walk *walk, struct refs *refs, const struct sm_root *root,
	    struct bits *several);
void sm_exit(struct sm *sm);

/* Whether the counts of the blocks of bitmap @i are not known. */
static inline bool sm_is_lost(const struct sm *sm, uint64_t i)
{
	return sm->index[i].lost;
}

/*
 * The count of @block as stored, for messages: read again from the disk.
 * 0 if it cannot be had.  For one thread.
 */
uint32_t sm_stored(struct sm *sm, uint64_t block);

#endif
