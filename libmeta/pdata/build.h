/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * build - a btree from entries that arrive in the order of their keys.
 *
 *	entries ->  | leaf | leaf | leaf |      each filled up before the next
 *	                 \     |     /
 *	nodes   ->       |  inner   | inner |   likewise, level by level
 *
 * Nodes are written as soon as they are full, children before parents, so a
 * tree of any size takes two nodes of memory per level.  The last two nodes of
 * a level share what is left, so that no node but the root has less than a
 * third of its entries, as the kernel demands.
 *
 * Leaves that were written before may be put between the entries: trees then
 * share them.  Where such a leaf would leave a neighbour too small, its entries
 * are copied and the leaf is not shared there.  Inner nodes that come out the
 * same as an earlier one of the same struct build are shared as well.
 *
 * A child's count goes up by one for each inner node that points to it; the
 * count of the root is the caller's, who knows what points there.
 */
#ifndef PDATA_BUILD_H
#define PDATA_BUILD_H

#include "pdata/writer.h"

/* 84 to the power of eleven is beyond all keys. */
#define BUILD_DEPTH 11

/* A leaf on disk. */
struct build_leaf {
	uint64_t key;		/* its first */
	uint64_t where;
	uint32_t nr;		/* entries, at least 1 */
};

struct build_ops {
	/* Takes the leaves in place of the tree above them.  May be NULL. */
	int (*leaf)(void *arg, const struct build_leaf *leaf);
	/*
	 * @nr entries were copied from a leaf that was to be shared; @values
	 * is NULL with a dry writer.  May be NULL.
	 */
	int (*copied)(void *arg, const void *values, uint32_t nr);
};

struct build_level {
	struct node_disk *nodes[2];	/* the second is used once the first is full */
	uint32_t nr[2];
	uint64_t nr_written;
};

struct build_cache;

struct build {
	struct writer *writer;
	const struct build_ops *ops;	/* may be NULL */
	void *arg;
	uint32_t value_size;
	struct build_level levels[BUILD_DEPTH];
	struct build_leaf held;		/* shared, not yet below its parent */
	bool is_held;
	bool is_after_leaf;		/* leaves of this tree are below parents */
	void *scratch;			/* one block */
	struct build_cache *cache;	/* NULL: inner nodes are not shared */
};

/* Values have @value_size bytes in leaves.  0 or -ENOMEM. */
int build_init(struct build *b, struct writer *w, uint32_t value_size);
void build_exit(struct build *b);

/* From now on equal inner nodes are one.  0 or -ENOMEM. */
int build_share_nodes(struct build *b);

/*
 * Where the next entries go: sets *@keys and *@values, both in the order of
 * the disk, and returns for how many there is room, at least one; or a
 * negative errno.
 */
int build_room(struct build *b, __le64 **keys, void **values);

/* @nr entries have been put there.  0, -ENOSPC, or what writing gave. */
int build_added(struct build *b, uint32_t nr);

/* Adds one entry. */
int build_add(struct build *b, uint64_t key, const void *value);

/* Adds a leaf that is on disk already, with keys behind all there are. */
int build_add_leaf(struct build *b, const struct build_leaf *leaf);

/*
 * Ends the tree, which is empty if nothing was added, and sets *@root.  The
 * next tree may then begin.  With ops->leaf there is no root, nor a leaf if
 * nothing was added.
 */
int build_finish(struct build *b, uint64_t *root);

#endif
