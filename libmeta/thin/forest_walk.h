/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * forest_walk - goes through one tree of a forest in the order of its keys.
 *
 * Nothing is read, nothing is allocated, and it may stop and go on anywhere.
 */
#ifndef THIN_FOREST_WALK_H
#define THIN_FOREST_WALK_H

#include "thin/forest.h"

struct forest_walk {
	const struct forest *forest;
	struct forest_root root;
	bool begun;
	unsigned depth;			/* nodes that are being gone through */
	struct {
		uint32_t node;
		uint32_t next;		/* of its children */
	} path[FOREST_MAX_HEIGHT];
};

enum forest_step_kind {
	FOREST_STEP_END,
	FOREST_STEP_NODE,		/* an inner node, whose children follow */
	FOREST_STEP_LEAF,
	FOREST_STEP_DAMAGE,		/* a fault; what is behind it may follow */
};

struct forest_step {
	enum forest_step_kind kind;
	uint32_t index;			/* of a node, leaf or fault */
};

/* Begins before the first step of the tree @root of @f. */
void forest_walk_init(struct forest_walk *w, const struct forest *f, struct forest_root root);

/* Takes the next step; after FOREST_STEP_END again and again that. */
struct forest_step forest_walk_next(struct forest_walk *w);

/* After FOREST_STEP_NODE: leaves out what is below it. */
void forest_walk_skip(struct forest_walk *w);

#endif
