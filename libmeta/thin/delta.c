/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "meta/thin_delta.h"

#include <stdlib.h>

#include "base/workers.h"
#include "thin/delta_batch.h"
#include "thin/ls_blame.h"
#include "thin/ls_pool.h"

struct delta {
	struct ls_pool pool;
	const struct thin_delta_opts *opts;
	const struct thin_delta_emit *emit;
	void *arg;

	pthread_mutex_t lock;		/* for what follows */
	pthread_cond_t turn_over;
	struct delta_plan plan;
	uint64_t next_ticket;
	uint64_t turn;
	bool carried;			/* a run that may go on in the next batch */
	struct thin_delta_run carry;
	int result;			/* ends it */
	struct fault fault;
};

static int flush_carry(struct delta *d)
{
	bool carried = d->carried;

	d->carried = false;
	return carried ? d->emit->runs(d->arg, &d->carry, 1) : 0;
}

/* The last run is kept back, as it may go on in the next batch. */
static int commit(struct delta *d, const struct delta_batch *b)
{
	const struct thin_delta_run *run = b->runs;
	size_t nr = b->nr_runs;
	int r = 0;

	if (nr && d->carried && delta_batch_is_joined(d->opts, &d->carry, run)) {
		d->carry.length += run->length;
		run++;
		nr--;
	}
	if (nr)
		r = flush_carry(d);
	if (!r && nr > 1)
		r = d->emit->runs(d->arg, run, nr - 1);
	if (nr) {
		d->carry = run[nr - 1];
		d->carried = true;
	}
	if (!r && b->result) {
		r = flush_carry(d);
		d->fault = b->fault;
		r = r ? r : b->result;
	}
	return r;
}

static bool take(struct delta *d, struct delta_batch *b, uint64_t *ticket)
{
	bool taken;

	pthread_mutex_lock(&d->lock);
	taken = !d->result && delta_plan_take(&d->plan, &b->piece);
	if (taken)
		*ticket = d->next_ticket++;
	pthread_mutex_unlock(&d->lock);
	return taken;
}

/* Waits for the batches before, and commits this one unless they have failed. */
static int take_turn(struct delta *d, const struct delta_batch *b, uint64_t ticket)
{
	struct progress *progress = d->pool.progress;
	int r;

	pthread_mutex_lock(&d->lock);
	while (d->turn != ticket)
		pthread_cond_wait(&d->turn_over, &d->lock);
	r = d->result;
	pthread_mutex_unlock(&d->lock);

	if (!r)
		r = commit(d, b);
	if (progress)
		__atomic_fetch_add(&progress->done, b->piece.leaves.nr, __ATOMIC_RELAXED);

	pthread_mutex_lock(&d->lock);
	d->result = r;
	d->turn++;
	pthread_cond_broadcast(&d->turn_over);
	pthread_mutex_unlock(&d->lock);
	return r;
}

static int work(void *arg, unsigned worker)
{
	struct delta *d = arg;
	struct delta_batch *b = calloc(1, sizeof(*b));
	int r = b ? delta_batch_init(b, &d->pool.forest) : -ENOMEM;
	uint64_t ticket;

	(void)worker;
	if (!r) {
		b->opts = d->opts;
		b->nr_data_blocks = d->pool.sb.data_sm.nr_blocks;
	}
	while (!r && take(d, b, &ticket)) {
		delta_batch_fill(b);
		r = take_turn(d, b, ticket);
	}
	if (b)
		delta_batch_exit(b);
	free(b);
	return r;
}

static int compare(struct delta *d)
{
	const struct ls_pool *p = &d->pool;
	struct thin_pool pool = {
		.time = p->sb.time, .transaction_id = p->sb.transaction_id,
		.flags = p->sb.flags, .version = p->sb.version,
		.data_block_size = p->sb.data_block_size,
		.nr_data_blocks = p->sb.data_sm.nr_blocks, .metadata_snap = p->sb.held_root,
	};
	int r = d->emit->begin(d->arg, &pool);

	if (r)
		return r;
	if (p->progress)
		__atomic_store_n(&p->progress->total, p->forest.nr_leaves, __ATOMIC_RELAXED);
	delta_plan_init(&d->plan, &p->forest, p->roots, !d->opts->wanted[THIN_DELTA_SAME]);
	delta_plan_announce(&d->plan);
	r = workers_run(p->nr_threads, work, d);
	if (d->result || r)
		return d->result ? d->result : r;
	r = flush_carry(d);
	return r ? r : d->emit->end(d->arg);
}

static int find_root(const struct ls_pool *p, const struct thin_delta_side *side, uint32_t *root,
		     struct fault *f)
{
	if (side->is_root && side->number >= p->forest.nr_blocks) {
		fault(f, FAULT_PTR_RANGE, THIN_SB_WHERE, side->number, p->forest.nr_blocks);
		return -ERANGE;
	}
	if (side->is_root) {
		*root = (uint32_t)side->number;
		return 0;
	}
	for (size_t i = 0; i < p->devices.nr; i++) {
		if (p->devices.devices[i].dev_id != side->number)
			continue;
		*root = p->devices.roots[i];
		return 0;
	}
	*f = (struct fault){ .dev_id = (uint32_t)side->number };
	return -ENXIO;
}

/* Only what is named is looked for, so damage to other devices does not matter. */
static int read_devices(struct ls_pool *p, const struct thin_delta_side sides[2],
			struct fault *f)
{
	uint64_t ids[2];
	size_t nr = 0;
	int r;

	for (unsigned i = 0; i < 2; i++)
		if (!sides[i].is_root)
			ids[nr++] = sides[i].number;
	if (!nr)
		return 0;
	r = devices_load(&p->devices, p->engine, &p->sb, p->nr_threads);
	if (r)
		return r;
	devices_select(&p->devices, ids, nr, NULL);
	if (!p->devices.damaged)
		return 0;
	*f = p->devices.fault;
	return -EUCLEAN;
}

/* A leaf that is in one tree twice has bounds that no key is in. */
static int judge_bounds(const struct forest *forest, struct fault *f)
{
	struct leaves *l = calloc(1, sizeof(*l));
	int r = l ? leaves_init(l, forest) : -ENOMEM;
	struct node n;

	for (uint32_t i = 0; !r && i < forest->nr_leaves; i++) {
		if (forest->leaves[i].bounds.low <= forest->leaves[i].bounds.last)
			continue;
		l->index[0] = i;
		l->nr = 1;
		leaves_read(l);
		r = leaves_judge(l, 0, &n, f);
		f->kind = KIND_MAPPING;
	}
	if (l)
		leaves_exit(l);
	free(l);
	return r;
}

/* A tree that was named by its root has no device. */
static void blame(const struct delta *d, struct fault *f)
{
	struct ls_blame_tree trees[2];

	for (unsigned i = 0; i < 2; i++) {
		const struct thin_delta_side *side = &d->opts->sides[i];

		trees[i].root = d->pool.roots[i];
		trees[i].dev_id = side->is_root ? FAULT_NO_DEV : (uint32_t)side->number;
	}
	ls_blame(&d->pool.forest, trees, 2, f);
}

static int load(struct delta *d, const struct ls_pool_source *source, struct fault *f)
{
	struct ls_pool *p = &d->pool;
	uint32_t roots[2] = { 0, 0 };
	int r = ls_pool_open(p, source, f);

	if (!r)
		r = read_devices(p, d->opts->sides, f);
	for (unsigned i = 0; !r && i < 2; i++)
		r = find_root(p, &d->opts->sides[i], &roots[i], f);
	if (!r)
		r = ls_pool_load_roots(p, roots, 2, f);
	r = r ? r : judge_bounds(&p->forest, f);
	if (r == -EUCLEAN && p->roots)
		blame(d, f);
	return r;
}

int thin_delta(struct engine *e, const struct thin_delta_opts *o,
	       const struct thin_delta_emit *emit, void *arg, struct fault *f)
{
	struct ls_pool_source source = {
		.engine = e, .metadata_snap = o->metadata_snap,
		.metadata_snap_block = o->metadata_snap_block, .nr_threads = o->nr_threads,
		.progress = o->progress,
	};
	struct delta *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	d->opts = o;
	d->emit = emit;
	d->arg = arg;
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->turn_over, NULL);
	r = load(d, &source, f);
	if (!r) {
		r = compare(d);
		if (r == -EUCLEAN)
			*f = d->fault;
	}
	ls_pool_exit(&d->pool);
	pthread_cond_destroy(&d->turn_over);
	pthread_mutex_destroy(&d->lock);
	free(d);
	return r;
}
