/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * load - reads a pool on several threads and hands it out in order.
 *
 * The script of a dump is cut into batches of some hundred leaves.  A worker
 * takes the next batch, reads its leaves, turns them into runs and lets the
 * visitor prepare what it can on its own; then it waits until all batches
 * before have been committed, and commits its own.
 *
 *	worker 0	[ read | prepare ] commit 0   [ read | prepare ] commit 2
 *	worker 1	[ read | prepare ]    ...  commit 1   [ read ...
 *
 * A run that goes on in the next batch is not known in full while a batch is
 * prepared.  Such runs are left out of it and come as lead of the batch in
 * which they have ended, when that is committed.
 */
#ifndef THIN_LOAD_H
#define THIN_LOAD_H

#include "meta/thin_load.h"
#include "thin/script.h"

struct load_event {
	enum script_kind kind;		/* up to SCRIPT_POOL_END */
	uint32_t value;
	size_t run;			/* comes before that run */
};

struct load_batch {
	const struct thin_pool *pool;
	const struct thin_device *devices;
	const struct load_event *events;
	size_t nr_events;
	const struct thin_run *runs;	/* those from begin to end count */
	size_t begin, end;
	/* Known at commit only: runs that come before everything else. */
	struct thin_run lead[2];
	unsigned nr_lead;
};

/* What is not 0 ends the reading.  @worker is below the number of threads. */
struct load_visitor {
	/* On many threads at a time, in any order; NULL: nothing to prepare. */
	int (*prepare)(void *arg, unsigned worker, const struct load_batch *b);
	/* One at a time and in order; with the worker that prepared it. */
	int (*commit)(void *arg, unsigned worker, const struct load_batch *b);
	/*
	 * By block, mappings of the leaf there: then leaves are not read, and each
	 * is one run of that length, at places that mean nothing.  Or NULL.
	 */
	const uint16_t *lengths;
};

/* How many threads @o asks for. */
unsigned load_nr_threads(const struct thin_load_opts *o);

/* As thin_load(), for a visitor. */
int load_visit(struct engine *e, const struct thin_load_opts *o, const struct load_visitor *v,
	       void *arg, struct fault *f);

/* As thin_load(), with the @lengths of a visitor. */
int load_lengths(struct engine *e, const struct thin_load_opts *o, const uint16_t *lengths,
		 const struct thin_emit *emit, void *arg, struct fault *f);

#endif
