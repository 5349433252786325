/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * delta_batch - a piece of a comparison that one worker has in hands, and the
 * runs that come of it.
 */
#ifndef THIN_DELTA_BATCH_H
#define THIN_DELTA_BATCH_H

#include "meta/thin_delta.h"
#include "thin/delta_plan.h"

struct delta_batch {
	const struct thin_delta_opts *opts;
	uint64_t nr_data_blocks;	/* mappings are below */
	struct delta_piece piece;
	struct thin_delta_run *runs;
	size_t nr_runs;
	int result;			/* -EUCLEAN: what follows is damaged, */
	struct fault fault;		/* like this */
};

/* 0 or -ENOMEM; delta_batch_exit() is due in both cases. */
int delta_batch_init(struct delta_batch *b, const struct forest *f);
void delta_batch_exit(struct delta_batch *b);

/* Reads and compares the piece. */
void delta_batch_fill(struct delta_batch *b);

/* Does @b go on where @a ends, so that both are one? */
bool delta_batch_is_joined(const struct thin_delta_opts *o, const struct thin_delta_run *a,
			   const struct thin_delta_run *b);

#endif
