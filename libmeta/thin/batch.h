/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * batch - a piece of the script that one worker has in hands: its leaves, the
 * runs that they are, and where a run may go on in the batch before or behind.
 */
#ifndef THIN_BATCH_H
#define THIN_BATCH_H

#include "thin/leaves.h"
#include "thin/load.h"
#include "thin/shelf.h"

#define BATCH_STEPS 4096u

struct batch {
	struct shelf *shelf;
	struct leaves leaves;		/* those that are not on it */
	unsigned nr_leaves;		/* all of them */
	struct script_step steps[BATCH_STEPS];
	size_t nr_steps;
	uint32_t dev_id;		/* of the first step */

	struct load_event events[BATCH_STEPS];
	size_t nr_events;
	struct thin_run *runs;
	size_t nr_runs;

	int result;			/* -EUCLEAN: what follows is damaged, */
	struct fault fault;		/* like this */
};

/* What the workers know and do not change. */
struct batch_source {
	const struct forest *forest;
	const struct devices *devices;
	const struct segments *segments;
	uint64_t nr_data_blocks;
	const uint16_t *lengths;	/* as a visitor has them */
};

/* 0 or -ENOMEM. */
int batch_init(struct batch *b, struct shelf *shelf);
void batch_exit(struct batch *b);

/* Takes steps from @s until it is full or the shelf ends; false if there were none. */
bool batch_take(struct batch *b, struct script *s);

/* Reads and decodes; b->result has how that went. */
void batch_fill(struct batch *b, const struct batch_source *s);

/*
 * The run that may go on from the batch before, and the one that may go on
 * behind; both may be the same.  NULL if there is none.
 */
struct thin_run *batch_head(const struct batch *b);
struct thin_run *batch_tail(const struct batch *b);

/* Does @b come right behind @a? */
static inline bool batch_is_joined(const struct thin_run *a, const struct thin_run *b)
{
	return a->thin_begin + a->length == b->thin_begin &&
		a->data_begin + a->length == b->data_begin && a->time == b->time;
}

#endif
