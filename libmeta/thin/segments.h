/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * segments - which leaves several devices have in common, in pieces as large
 * as they can be.
 *
 *	device 1	A B C D E F
 *	device 2	A B X D E F
 *			--- = ----- segments: (A B) (C) (X) (D E F)
 *
 * Two leaves that follow each other are in one segment if each is the other's
 * only neighbour in all devices.  Neighbours are found per distinct inner
 * node, not per device, so a thousand snapshots cost what they own.
 *
 * Only shared segments are listed; what one device owns needs no name.
 */
#ifndef THIN_SEGMENTS_H
#define THIN_SEGMENTS_H

#include "thin/forest.h"

/* As a leaf's neighbour, besides FOREST_NONE for "not known yet". */
#define SEGMENTS_SEVERAL (FOREST_NONE - 1)

struct segment {
	uint32_t first;			/* leaf */
	uint32_t id;			/* 1 and on in the order of use; 0: not used */
	uint32_t user;			/* the first root that uses it */
};

struct segments {
	struct segment *all;
	size_t nr, room;
	uint32_t *by_id;		/* by_id[id - 1] is a segment */
	size_t nr_ids;
};

/*
 * Finds the segments of the trees @roots, which are all that @f has.  Leaves
 * get the number of their segment plus one, or 0 for one owner.  0 or -ENOMEM;
 * segments_exit() is due in both cases.
 */
int segments_init(struct segments *s, struct forest *f, const struct forest_root *roots,
		  size_t nr);
void segments_exit(struct segments *s);

/* The segment that all leaves below @node are in, plus one; 0 if there is none. */
static inline uint32_t segments_of_node(const struct forest *f, const struct forest_node *n)
{
	uint32_t segment;

	if (n->first_leaf == FOREST_NONE)
		return 0;
	segment = f->leaves[n->first_leaf].segment;
	return f->leaves[n->last_leaf].segment == segment ? segment : 0;
}

/* Is each of two leaves the other's only neighbour? */
static inline bool segments_is_joined(const struct forest *f, uint32_t a, uint32_t b)
{
	return f->leaves[a].next == b && f->leaves[b].prev == a &&
		f->leaves[a].shared == f->leaves[b].shared;
}

/* The leaf behind @leaf in the same segment, or FOREST_NONE. */
static inline uint32_t segments_next_leaf(const struct forest *f, uint32_t leaf)
{
	uint32_t next = f->leaves[leaf].next;

	return next < SEGMENTS_SEVERAL && segments_is_joined(f, leaf, next) ? next : FOREST_NONE;
}

#endif
