/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * remap - passes a pool on with its data at other places.
 *
 * Runs are split where their data is, and joined again where they have come
 * to follow each other.
 */
#ifndef THIN_REMAP_H
#define THIN_REMAP_H

#include "meta/thin.h"
#include "thin/moves.h"

enum {
	REMAP_RUNS = 256,
};

struct remap {
	const struct moves *moves;	/* borrowed, as is what follows */
	const struct thin_emit *emit;	/* has all calls */
	void *arg;
	uint64_t nr_heard;		/* runs that came in */
	uint64_t nr_runs;		/* that were passed on */
	size_t nr;			/* that wait */
	struct thin_run runs[REMAP_RUNS];
};

/* Called with a struct remap. */
extern const struct thin_emit remap_emit;

#endif
