/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lookup - one entry of one tree, found from the root down. */
#ifndef PDATA_LOOKUP_H
#define PDATA_LOOKUP_H

#include "io/engine.h"
#include "pdata/node.h"

/* Where to look. */
struct lookup {
	struct engine *engine;
	uint64_t root;
	uint32_t value_size;
	void *block;			/* one block, the caller's */
};

/*
 * Finds @key in the tree at @root.  On 0, @n views the leaf, which is in
 * @block, and *@i is the entry.  -ENODATA: there is none; -EUCLEAN with @f: a
 * node on the way is bad; or what reading gave.
 */
int lookup_find(const struct lookup *l, uint64_t key, struct node *n, uint32_t *i,
		struct fault *f);

#endif
