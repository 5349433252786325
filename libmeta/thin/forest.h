/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * forest - the shape of many btrees that may share nodes.
 *
 * Every distinct inner node is read once, level by level and in the order of
 * the disk; what it says about its children is kept.  Leaves are named but not
 * read.  Afterwards each tree can be walked in key order without reading.
 *
 *	height 2	  node 0     node 1
 *			  /    \     /    \
 *	height 1     node 2    node 3    node 4
 *		      /  \      /  \      /  \
 *	leaves	     0    1    2    3    4    5
 *
 * A node must hold keys within the bounds that all its parents give it, and be
 * at one height.  So no inner node can be met twice in one tree, nothing loops,
 * and the keys of a tree ascend once its leaves pass forest_judge_leaf().
 *
 * Damage is not a failure: a node that cannot be used has a fault in place of
 * children, and a walk that arrives there has arrived at the damage.
 */
#ifndef THIN_FOREST_H
#define THIN_FOREST_H

#include <pthread.h>

#include "base/bits.h"
#include "base/fault.h"
#include "io/engine.h"
#include "pdata/node.h"

/* No real tree is that high: 84 to the power of 11 is beyond 64 bits. */
#define FOREST_MAX_HEIGHT 12u

/* In slots: a leaf's or a node's index plus one; nodes have the top bit. */
#define FOREST_SLOT_NODE (1u << 31)

/* In place of an index. */
#define FOREST_NONE UINT32_MAX

/* Keys that a node may have, both ends included. */
struct forest_bounds {
	uint64_t low;
	uint64_t last;
};

struct forest_leaf {
	struct forest_bounds bounds;
	uint32_t block : 31;
	uint32_t shared : 1;		/* it or a node above it has several parents */
	/* What thin/segments.h makes of it. */
	uint32_t prev;
	uint32_t next;
	uint32_t segment;
};

struct forest_node {
	struct forest_bounds bounds;
	uint32_t block;
	uint32_t nr_children : 16;	/* 0: damaged */
	uint32_t height : 8;		/* at least 1 */
	uint32_t shared : 1;
	uint32_t first;			/* in children; of a damaged node its fault */
	/* The outermost leaves below: thin/segments.h. */
	uint32_t first_leaf;
	uint32_t last_leaf;
};

enum forest_kind {
	FOREST_EMPTY,			/* a leaf without entries */
	FOREST_LEAF,
	FOREST_NODE,
	FOREST_DAMAGE,			/* not even the height is known */
};

/* A tree; @index is of a leaf, a node or a fault. */
struct forest_root {
	enum forest_kind kind;
	uint32_t index;
};

struct forest {
	struct engine *engine;
	uint64_t nr_blocks;		/* pointers are below */
	uint32_t value_size;		/* in leaves */
	unsigned nr_threads;
	bool any_shared;
	bool is_sparse;			/* see forest_keep() */

	struct forest_node *nodes;
	struct forest_leaf *leaves;
	uint32_t *children;		/* indexes of nodes; at height 1, of leaves */
	struct fault *faults;
	size_t nr_nodes, nr_leaves, nr_children, nr_faults;
	size_t room_nodes, room_leaves, room_children, room_faults;

	/* While it is being loaded; a sparse one has slots until forest_keep(). */
	uint32_t *slots;		/* by block: what it is known as */
	uint32_t *probes;		/* by block: what is on the way down */
	pthread_mutex_t lock;
};

/*
 * An empty forest: trees on @e, pointers below @nr_blocks, leaves with values
 * of @value_size bytes.
 */
void forest_init(struct forest *f, struct engine *e, uint64_t nr_blocks, uint32_t value_size);
void forest_exit(struct forest *f);

/*
 * Reads the trees at @blocks, all below the limit, with @nr_threads threads;
 * once for a forest.  @roots gets what each of them is.  0 or -ENOMEM.
 */
int forest_load(struct forest *f, unsigned nr_threads, const uint32_t *blocks, size_t nr,
		struct forest_root *roots);

/*
 * Leaves in the nodes the children only that lead to @leaves, which are indexes,
 * and forgets the bounds of leaves.  No tree may be walked that leads to none.  For
 * that nodes are read again, so a forest that has been made sparse before it was
 * loaded did not keep any children: with many devices they are most of its memory.
 * 0 or -ENOMEM; what is damaged by now is in the faults.
 */
int forest_keep(struct forest *f, const struct bits *leaves);

/* Index of a leaf by its block, while there are slots. */
static inline uint32_t forest_leaf_at(const struct forest *f, uint64_t block)
{
	return f->slots[block] - 1;
}

/*
 * Judges @block as leaf @index.  A @block of NULL could not be read, @error
 * says why.  0, or -EUCLEAN with @fault, which has the range that is lost.
 */
int forest_judge_leaf(const struct forest *f, uint32_t index, const void *block, int error,
		      struct node *n, struct fault *fault);

/* For forest_probe.c and forest_keep.c: keeps @fault.  Its index, or -ENOMEM. */
int forest_add_fault(struct forest *f, const struct fault *fault);

/*
 * Finds out how high each tree is, by way of its first children: @roots gets
 * the kind, @heights the height of those that are nodes.
 */
int forest_probe(struct forest *f, const uint32_t *blocks, size_t nr, struct forest_root *roots,
		 uint8_t *heights);

static inline const uint32_t *forest_children(const struct forest *f, const struct forest_node *n)
{
	return f->children + n->first;
}

#endif
