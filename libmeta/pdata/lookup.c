/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdata/lookup.h"

#include "pdata/walk.h"

int lookup_find(const struct lookup *l, uint64_t key, struct node *n, uint32_t *i,
		struct fault *f)
{
	uint64_t where = l->root;
	int r, at;

	for (unsigned depth = 0; depth < WALK_HEIGHTS; depth++) {
		r = engine_read(l->engine, l->block, where, 1);
		if (!r)
			r = node_parse(n, l->block, where, l->value_size, f);
		if (r)
			return r;
		at = node_find(n, key);
		if (at < 0)
			return -ENODATA;
		*i = (uint32_t)at;
		if (n->leaf)
			return node_key(n, *i) == key ? 0 : -ENODATA;
		where = node_value64(n, *i);
	}
	return fault(f, FAULT_NODE_DEPTH, where, WALK_HEIGHTS, NODE_LEAF);
}
