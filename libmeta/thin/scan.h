/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan - what every block of a metadata device is, by its own word.
 *
 * All blocks are read once, in the order of the disk.  Nodes of the trees that
 * matter are entered in a table, whoever points to them or does not: what they
 * may be a node of, their keys, how high they are and what is below them.
 * Blocks that are sound but for one bit, and blocks that are sound but in the
 * wrong place, go to where they belong in an overlay, and from then on count
 * as sound.
 *
 * The height of an inner node is what most of its children say, as any one of
 * them may be damaged or may have become something else since.
 */
#ifndef THIN_SCAN_H
#define THIN_SCAN_H

#include <pthread.h>

#include "pdata/block.h"
#include "pdata/node.h"
#include "thin/overlay.h"

/* No real tree is that high. */
#define SCAN_MAX_HEIGHT 12u

/* What a node may be a node of; small leaves leave a doubt. */
enum scan_family {
	SCAN_MAPPINGS = 1,
	SCAN_TOP = 2,
	SCAN_DETAILS = 4,
};

struct scan_block {
	uint64_t first, last;		/* its own keys */
	uint64_t top;			/* the largest key below */
	uint64_t nr_below;		/* entries of leaves from here down */
	uint32_t time;			/* the latest in leaves from here down */
	uint16_t nr;			/* entries; of their own */
	uint8_t families;		/* 0: no use for it */
	uint8_t height;
	uint8_t inner;
	uint8_t whole;			/* all that is below is as the node says */
	uint8_t strays;			/* a leaf maps what cannot be */
};

/* A block that is not what its place makes it, but can be told what it is. */
struct scan_stray {
	uint64_t home;
	uint64_t place;
	uint32_t bit;			/* or OVERLAY_NO_BIT: it was moved */
	enum block_kind kind;
};

struct scan {
	struct overlay *overlay;
	uint64_t nr_blocks;		/* of the device below */
	uint64_t nr_data_blocks;	/* mappings must be below */
	unsigned nr_threads;
	uint64_t *progress;		/* or NULL */
	struct scan_block *blocks;
	struct bits held;		/* copies of the superblock, */
	struct bits bitmaps;		/* bitmaps, */
	struct bits indexes;		/* index blocks, */
	struct bits index_leaves;	/* and leaves of index trees, in use or not */
	struct scan_stray *strays;	/* by home; those that were of use */
	size_t nr_strays, room_strays;
	uint64_t nr_unreadable;
	uint64_t highest;		/* data block that a leaf maps */
	uint64_t nr_mappings;		/* in leaves, in use or not, */
	uint64_t nr_behind;		/* and those to behind nr_data_blocks */
	struct bits pending;		/* inner nodes of unknown height */
	unsigned height;		/* the one that is being looked for */
	unsigned leniency;		/* 2: whatever some children say */
	pthread_mutex_t lock;
};

/*
 * Reads the device below @o.  The caller has set nr_data_blocks, nr_threads
 * and progress, and nothing else.  0 or -ENOMEM; scan_exit() is due in both
 * cases.
 */
int scan_run(struct scan *s, struct overlay *o);
void scan_exit(struct scan *s);

/* Finds the heights of inner nodes; scan_run() does it.  0 or -ENOMEM. */
int scan_levels(struct scan *s);

/* Sorts @nodes by their first keys. */
void scan_sort(const struct scan *s, uint32_t *nodes, size_t nr);

/* Of such nodes the first that begins at @key or behind; @nr if there is none. */
size_t scan_find(const struct scan *s, const uint32_t *nodes, size_t nr, uint64_t key);

/* The entry of a node of @family; NULL for anything else. */
static inline const struct scan_block *scan_node(const struct scan *s, uint64_t where,
						 enum scan_family family)
{
	return where && where < s->nr_blocks && s->blocks[where].families & family ?
		&s->blocks[where] : NULL;
}

#endif
