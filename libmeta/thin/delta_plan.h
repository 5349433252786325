/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * delta_plan - cuts the comparison of two trees into pieces that can be done
 * on their own.
 *
 *	left	| A   | B | S |   C      | D |
 *	right	|   E     | S | F | G |   H  |
 *		|------------|-----------|---	pieces
 *
 * Leaves are taken in the order of their keys until a piece is full; it ends
 * where the next leaf begins.  One that goes on behind the end (C) is in the
 * next piece as well.  What both trees share (S) is found at one look at the
 * forest; it is taken once, or left out with all its nodes.
 */
#ifndef THIN_DELTA_PLAN_H
#define THIN_DELTA_PLAN_H

#include "thin/forest_walk.h"
#include "thin/leaves.h"

enum delta_who {
	DELTA_LEFT,
	DELTA_RIGHT,
	DELTA_BOTH,
};

struct delta_plan {
	const struct forest *forest;
	bool skip_shared;
	bool ended;
	uint64_t begin;			/* of the next piece */
	struct {
		struct forest_walk walk;
		uint32_t next;		/* leaf; FOREST_NONE: no more */
		uint32_t last;		/* taken last, or FOREST_NONE; */
		enum delta_who last_who;
	} sides[2];
};

/* Whose keys @begin to @last, both included, are compared. */
struct delta_piece {
	uint64_t begin, last;
	struct leaves leaves;
	uint8_t who[LEAVES_MAX];
};

/*
 * For two sound trees of @f, which has no others.  No leaf may be in one of
 * them twice: then lowest keys ascend, and what is shared is in both.
 */
void delta_plan_init(struct delta_plan *p, const struct forest *f,
		     const struct forest_root roots[2], bool skip_shared);

/*
 * Announces all leaves that are going to be read, in the order of the disk, if
 * they are not in memory yet and not too many to be there together.
 */
void delta_plan_announce(const struct delta_plan *p);

/* Takes the next piece, without reading it; false if there is none. */
bool delta_plan_take(struct delta_plan *p, struct delta_piece *piece);

#endif
