/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rmap_hits - what the leaves of a pool map of some data blocks, found once
 * for each distinct leaf.
 */
#ifndef THIN_RMAP_HITS_H
#define THIN_RMAP_HITS_H

#include <pthread.h>

#include "thin/ls_pool.h"
#include "thin/rmap_regions.h"

/* A run within a leaf. */
struct rmap_hit {
	uint64_t thin_begin;
	uint64_t data_begin;
	uint32_t length;
	uint32_t leaf;
};

struct rmap_leaf {
	uint32_t nr;			/* hits */
	uint32_t first;
};

struct rmap_hits {
	const struct rmap_regions *regions;
	struct rmap_leaf *leaves;	/* when all are found */
	pthread_mutex_t lock;		/* for what follows */
	struct bits any;		/* leaves that have hits, by index */
	struct rmap_hit *all;
	size_t nr, room;
};

/* For the trees of @p, once they are loaded.  0 or -ENOMEM. */
int rmap_hits_init(struct rmap_hits *h, const struct ls_pool *p,
		   const struct rmap_regions *regions);
void rmap_hits_exit(struct rmap_hits *h);

/* Reads all leaves, and leaves in the forest what leads to hits.  As ls_pool_visit(). */
int rmap_hits_find(struct rmap_hits *h, struct ls_pool *p, struct fault *f);

#endif
