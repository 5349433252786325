/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * walk - visits every node of many trees once, level by level.
 *
 * Nodes are visited by height, the tallest first, and within a height in the
 * order of the disk, on all threads.  The height of a tree is found before by
 * following one path down, so every pointer has a height it must lead to:
 * loops cannot close, and a leaf that trees of different heights share is
 * visited when all pointers to it are known.
 *
 * For each block the walk keeps what it is used for and at which height (one
 * byte), and for nodes the keys that all pointers to it agree on and who
 * reaches it.  That stays after the visit for whoever wants to look.
 *
 * Damage goes to the fault sink and costs the subtree below it, nothing more.
 */
#ifndef PDATA_WALK_H
#define PDATA_WALK_H

#include <pthread.h>

#include "base/bits.h"
#include "base/refs.h"
#include "io/stream.h"
#include "pdata/node.h"

#define WALK_HEIGHTS 16u

/* Who reaches a node: a device id and these.  0 where devices do not matter. */
enum walk_owner {
	OWNER_ID = (1 << 28) - 1,
	OWNER_LIVE = 1 << 28,	/* from the live trees, */
	OWNER_HELD = 1 << 29,	/* from the metadata snapshot's */
	OWNER_MANY = 1 << 30,	/* more than one live device, or held one */
};

struct walk_span {
	union {
		uint64_t begin;		/* before the visit: the least key */
		uint64_t nr_entries;	/* after it: leaf entries from here down */
	};
	uint64_t end;			/* keys are below this */
	uint32_t owner;
	uint32_t least;			/* the least of what the roots came with */
};

/* The children of an inner node, once read, unless there was no room. */
struct walk_inner {
	uint32_t where;
	uint32_t nr;
	uint64_t children;		/* in walk.children; NO_CHILDREN */
};

struct walk_inners {
	struct walk_inner *nodes;
	uint64_t nr;
	size_t room;
};

struct walk {
	struct engine *engine;
	struct stream stream;
	struct fault_sink *sink;
	struct refs *refs;		/* loses one for each pointer; or NULL */
	uint64_t nr_blocks;		/* pointers are below this */
	uint8_t *uses;			/* kind and height of each block */
	struct walk_span *spans;
	struct bits lost;		/* nodes that are bad themselves */
	struct bits damaged;		/* those, and what has a bad pointer */
	uint64_t nr_damages;		/* also of what is in there already */
	pthread_mutex_t lock;		/* for all above, during a run */
	struct bits pending[WALK_HEIGHTS];
	struct bits roots;
	struct walk_inners inners[WALK_HEIGHTS];	/* of the last run */
	uint32_t *children;
	uint64_t nr_children;
	int error;
};

/* A kind of tree. */
struct walk_tree {
	enum block_kind kind;
	uint32_t value_size;
	bool shareable;			/* may a node have several pointers? */
	bool keep_inners;		/* for walk_count() */
	/*
	 * Called for each leaf, on any worker; what the span says is final.  An
	 * error ends the walk.
	 */
	int (*leaf)(void *arg, const struct node *n, uint64_t where,
		    const struct walk_span *span);
	void *arg;
};

struct walk_root {
	uint64_t where;
	uint64_t from;			/* the block that points to it */
	uint32_t owner;
	uint32_t least;
	unsigned height;		/* filled in by the walk */
};

/* Borrows all; @refs may be NULL.  0 or -ENOMEM. */
int walk_init(struct walk *w, struct engine *e, uint64_t nr_blocks, struct refs *refs,
	      struct fault_sink *sink);
void walk_exit(struct walk *w);

/*
 * Notes one pointer from block @from to block @to, which is a @kind that is no
 * node, and takes off its count.  False after a fault, or when the block has
 * such a pointer already.
 */
bool walk_claim(struct walk *w, uint64_t from, uint64_t to, enum block_kind kind);

/* Walks the trees of @roots.  0 also with damage; -ENOMEM, or @tree->leaf's. */
int walk_run(struct walk *w, const struct walk_tree *tree, struct walk_root *roots,
	     uint64_t nr_roots);

/*
 * After a run with keep_inners: adds up nr_entries from the leaves to the
 * roots, and marks as damaged what is above damage.  The caller has set
 * nr_entries of the leaves.
 */
int walk_count(struct walk *w, const struct walk_tree *tree);

static inline enum block_kind walk_kind(const struct walk *w, uint64_t where)
{
	return where < w->nr_blocks ? (enum block_kind)(w->uses[where] & 0xf) : KIND_FREE;
}

/* Is @where a node of @kind at @height, as a pointer to it says? */
static inline bool walk_is(const struct walk *w, uint64_t where, enum block_kind kind,
			   unsigned height)
{
	return where < w->nr_blocks && w->uses[where] == (kind | height << 4);
}

#endif
