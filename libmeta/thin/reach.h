/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reach - which devices reach which nodes.
 *
 * The walk meets every node once and does not know all devices above it.  When
 * something is wrong, this goes down from each device, but only where there is
 * something to be found below; so it costs what the damage costs.
 */
#ifndef THIN_REACH_H
#define THIN_REACH_H

#include "pdata/walk.h"

struct reach {
	struct walk *walk;
	const struct bits *wanted;	/* mapping nodes to look for */
	/*
	 * Called for each wanted node below a root, and for each pointer that
	 * leads to no node, in the order of keys; @end UINT64_MAX: no next key.
	 * What is not 0 ends it.
	 */
	int (*found)(void *arg, uint64_t where, uint64_t begin, uint64_t end);
	void *arg;
	/* Its own. */
	struct bits clean;		/* inner nodes with nothing to be found below */
	void *levels;
};

/* The caller has set the first four.  0 or -ENOMEM. */
int reach_init(struct reach *r);
void reach_exit(struct reach *r);

/* Looks below one root, which block @from points to. */
int reach_root(struct reach *r, uint64_t from, uint64_t root);

#endif
