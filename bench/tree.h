/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree - a B-tree from entries that arrive in key order, their number known
 * beforehand.
 *
 * Nodes are full, save that the last two of a level share what is left if the
 * last alone would hold less than a third.  Each level grows along with the
 * one below it, so that trees built in turns lie mixed on the disk.
 */
#ifndef BENCH_TREE_H
#define BENCH_TREE_H

#include <stdint.h>

#include "image.h"

enum { TREE_MAX_LEVELS = 8 };

struct tree_level {
	uint64_t nr_left;	/* entries still to come on this level */
	uint64_t where;		/* of the node being filled */
	struct node_disk *node;	/* NULL between nodes */
	uint32_t nr;		/* entries it has */
	uint32_t quota;		/* entries it shall have */
};

struct tree {
	struct image *im;
	uint32_t value_size;
	uint32_t nr_levels;
	struct tree_level levels[TREE_MAX_LEVELS];	/* leaves first */
	uint64_t root;		/* valid after the last entry */
};

/* Begins a tree of @nr_entries in @im. */
void tree_init(struct tree *t, struct image *im, uint32_t value_size, uint64_t nr_entries);

/* Adds the next entry; @value has the bytes that go to the disk. */
void tree_push(struct tree *t, uint64_t key, const void *value);

/* Nodes, of all levels, of a tree of @nr_entries. */
uint64_t tree_nr_nodes(uint32_t value_size, uint64_t nr_entries);

/* The address of value @i of a node, going by the node's own sizes. */
static inline void *tree_value(struct node_disk *n, uint32_t i)
{
	uint8_t *values = (uint8_t *)(n->keys + __le32_to_cpu(n->header.max_entries));

	return values + (uint64_t)i * __le32_to_cpu(n->header.value_size);
}

#endif
