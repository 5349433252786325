/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * node - a checked, read-only view of one btree block.
 *
 *	| header | key 0 .. key nr-1 | unused | value 0 .. value nr-1 | unused |
 *
 * node_parse() is the only way to make a view.  After it returns 0 every index
 * below nr_entries is in bounds and the keys ascend, so accessors cannot fail.
 * The view borrows @block, copies nothing, and may be made on any thread.
 */
#ifndef PDATA_NODE_H
#define PDATA_NODE_H

#include <stdbool.h>

#include "pdata/block.h"

struct node {
	const __le64 *keys;
	const uint8_t *values;
	uint32_t nr_entries;
	uint32_t max_entries;	/* at most what the formula says */
	uint32_t value_size;
	bool leaf;
};

/*
 * Judges @block as read from @where.  Leaves must have values of
 * @leaf_value_size bytes, inner nodes have 8.  0, or -EUCLEAN with @f filled.
 */
int node_parse(struct node *n, const void *block, uint64_t where, uint32_t leaf_value_size,
	       struct fault *f);

/*
 * What the kernel does not mind but a well-made node does not have: fewer than
 * a third of its entries (unless it is a root), room for fewer entries than
 * the formula says, padding.  Each of them gives a fault; returns how many.
 */
#define NODE_MANNERS 3
unsigned node_check_manners(const struct node *n, const void *block, bool root,
			    struct fault f[NODE_MANNERS]);

static inline uint64_t node_key(const struct node *n, uint32_t i)
{
	return le64_to_cpu(n->keys[i]);
}

/* For values of 8 bytes; children are such values. */
static inline uint64_t node_value64(const struct node *n, uint32_t i)
{
	__le64 v_le;

	__builtin_memcpy(&v_le, n->values + (size_t)i * sizeof(v_le), sizeof(v_le));
	return le64_to_cpu(v_le);
}

/* Any value, in the order of the disk. */
static inline const void *node_value(const struct node *n, uint32_t i)
{
	return n->values + (size_t)i * n->value_size;
}

/* The largest index whose key is @key or below; -1 if all are above. */
int node_find(const struct node *n, uint64_t key);

#endif
