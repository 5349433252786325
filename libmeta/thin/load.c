/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/load.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/workers.h"
#include "thin/batch.h"
#include "thin/override.h"

struct load {
	struct engine *engine;
	const struct thin_load_opts *opts;
	const struct load_visitor *visitor;
	void *arg;
	unsigned nr_threads;

	struct thin_sb sb;
	struct thin_pool pool;
	struct devices devices;
	struct forest forest;
	struct forest_root *roots;
	struct segments segments;
	struct shelf shelf;

	pthread_mutex_t lock;		/* for what follows */
	pthread_cond_t turn_over;
	struct script script;
	uint64_t next_ticket;
	uint64_t turn;
	bool carried;			/* a run that may go on in the next batch */
	struct thin_run carry;
	int result;			/* ends the reading */
	struct fault fault;
};

unsigned load_nr_threads(const struct thin_load_opts *o)
{
	if (!o->nr_threads)
		return workers_default();
	return o->nr_threads < WORKERS_MAX ? o->nr_threads : WORKERS_MAX;
}

/* Leaves the runs at the ends of a batch out of it, as they may go on. */
static struct load_batch make_view(const struct load *l, const struct batch *b)
{
	const struct thin_run *head = batch_head(b), *tail = batch_tail(b);
	struct load_batch v = {
		.pool = &l->pool, .devices = l->devices.devices,
		.events = b->events, .nr_events = b->nr_events,
		.runs = b->runs, .begin = head != NULL, .end = b->nr_runs - (tail != NULL),
	};

	if (v.end < v.begin)
		v.end = v.begin;
	return v;
}

static void lead_with_carry(struct load *l, struct load_batch *v)
{
	if (l->carried)
		v->lead[v->nr_lead++] = l->carry;
	l->carried = false;
}

/* Puts the ends of runs together that the batches before and this one have. */
static void stitch(struct load *l, const struct batch *b, struct load_batch *v)
{
	const struct thin_run *head = batch_head(b), *tail = batch_tail(b);

	if (head && l->carried && batch_is_joined(&l->carry, head)) {
		l->carry.length += head->length;
	} else if (head) {
		lead_with_carry(l, v);
		l->carry = *head;
		l->carried = true;
	}
	if (head && head == tail)
		return;
	if (head || b->nr_events)
		lead_with_carry(l, v);
	if (tail) {
		l->carry = *tail;
		l->carried = true;
	}
}

/* What was read before the damage is handed out in full. */
static int flush_carry(struct load *l, unsigned worker)
{
	struct load_batch v = {
		.pool = &l->pool, .devices = l->devices.devices, .runs = &l->carry,
	};

	lead_with_carry(l, &v);
	return v.nr_lead ? l->visitor->commit(l->arg, worker, &v) : 0;
}

static int commit(struct load *l, unsigned worker, const struct batch *b, struct load_batch *v)
{
	int r;

	stitch(l, b, v);
	r = l->visitor->commit(l->arg, worker, v);
	if (!r && b->result == -EUCLEAN) {
		l->fault = b->fault;
		r = flush_carry(l, worker);
	}
	if (l->opts->progress)
		__atomic_fetch_add(&l->opts->progress->done, b->leaves.nr, __ATOMIC_RELAXED);
	return r ? r : b->result;
}

/* Takes the next piece of the script; false if there is none or no need for it. */
static bool take(struct load *l, struct batch *b, uint64_t *ticket)
{
	bool taken;

	pthread_mutex_lock(&l->lock);
	taken = !l->result && batch_take(b, &l->script);
	if (taken) {
		*ticket = l->next_ticket++;
		l->shelf.left -= b->nr_leaves;
	}
	pthread_mutex_unlock(&l->lock);
	return taken;
}

/* Waits for the turn of @ticket; committing is done without the lock. */
static int take_turn(struct load *l, unsigned worker, uint64_t ticket, const struct batch *b,
		     struct load_batch *v)
{
	int r;

	pthread_mutex_lock(&l->lock);
	while (l->turn != ticket)
		pthread_cond_wait(&l->turn_over, &l->lock);
	r = l->result;
	pthread_mutex_unlock(&l->lock);

	if (!r && v)
		r = commit(l, worker, b, v);
	else if (!r)
		r = b->result;

	pthread_mutex_lock(&l->lock);
	l->result = r;
	l->turn++;
	pthread_cond_broadcast(&l->turn_over);
	pthread_mutex_unlock(&l->lock);
	return r;
}

static void do_batches(struct load *l, unsigned worker, struct batch *b)
{
	struct batch_source source = {
		.forest = &l->forest, .devices = &l->devices, .segments = &l->segments,
		.nr_data_blocks = l->pool.nr_data_blocks, .lengths = l->visitor->lengths,
	};
	uint64_t ticket;
	int r = 0;

	while (!r && take(l, b, &ticket)) {
		struct load_batch v;
		int prepared = 0;

		batch_fill(b, &source);
		v = make_view(l, b);
		if (l->visitor->prepare)
			prepared = l->visitor->prepare(l->arg, worker, &v);
		if (prepared)
			b->result = prepared;
		r = take_turn(l, worker, ticket, b, prepared ? NULL : &v);
	}
}

static int work(void *arg, unsigned worker)
{
	struct load *l = arg;
	struct batch *b = malloc(sizeof(*b));
	int r = b ? batch_init(b, &l->shelf) : -ENOMEM;

	if (!r)
		do_batches(l, worker, b);
	if (b)
		batch_exit(b);
	free(b);
	return r;
}

static int override(struct load *l)
{
	const struct thin_overrides *o = &l->opts->overrides;

	if (!override_is_legal(o))
		return -EINVAL;
	override_apply(o, &l->pool);
	return 0;
}

/* To our callers it is damage, as it is with any other block. */
static int read_sb(struct load *l, bool metadata_snap)
{
	int r = thin_sb_read(l->engine, metadata_snap, &l->sb, &l->fault);

	if (!r || r == -EUCLEAN || r == -ENODATA || r == -ENOMEM)
		return r;
	return fault(&l->fault, FAULT_BLOCK_IO, THIN_SB_WHERE, (uint64_t)-r, 0);
}

static int load_pool(struct load *l)
{
	const struct thin_load_opts *o = l->opts;
	const struct thin_sb *sb = &l->sb;
	int r;

	if (o->metadata_snap && o->metadata_snap_block) {
		r = read_sb(l, false);
		if (r)
			return r;
		l->fault.found = sb->held_root;
		if (sb->held_root && sb->held_root != o->metadata_snap_block)
			return -ESTALE;
	}
	r = read_sb(l, o->metadata_snap);
	if (r)
		return r;
	l->pool = (struct thin_pool){
		.time = sb->time, .transaction_id = sb->transaction_id, .flags = sb->flags,
		.version = sb->version, .data_block_size = sb->data_block_size,
		.nr_data_blocks = sb->data_sm.nr_blocks, .metadata_snap = sb->held_root,
	};
	return override(l);
}

/* Reads what has to be known before the first word is said. */
static int load_shape(struct load *l)
{
	const struct thin_load_opts *o = l->opts;
	struct devices *d = &l->devices;
	int r = devices_load(d, l->engine, &l->sb, l->nr_threads);

	if (r)
		return r;
	if (o->nr_dev_ids)
		devices_select(d, o->dev_ids, o->nr_dev_ids, o->dev_found);
	l->script = (struct script){ .devices = d, .forest = &l->forest };
	if (o->skip_mappings)
		return 0;

	l->roots = alloc_array(d->nr, sizeof(*l->roots));
	if (!l->roots)
		return -ENOMEM;
	r = forest_load(&l->forest, l->nr_threads, d->roots, d->nr, l->roots);
	if (r)
		return r;
	l->script.roots = l->roots;
	if (o->progress)
		__atomic_store_n(&o->progress->total, l->forest.nr_leaves, __ATOMIC_RELAXED);
	if (o->expand || !l->forest.any_shared)
		return 0;
	l->script.segments = &l->segments;
	return segments_init(&l->segments, &l->forest, l->roots, d->nr);
}

/* Again and again, as far as the shelf reaches. */
static int run(struct load *l)
{
	int r = load_shape(l);

	shelf_init(&l->shelf, &l->forest, l->pool.nr_data_blocks, &l->lock);
	if (l->opts->progress)
		l->shelf.progress = &l->opts->progress->done;
	while (!r && !l->result && l->script.state != SCRIPT_AT_END) {
		if (!l->visitor->lengths)
			shelf_fill(&l->shelf, &l->script);
		r = workers_run(l->nr_threads, work, l);
	}
	shelf_exit(&l->shelf);
	return l->result ? l->result : r;
}

int load_visit(struct engine *e, const struct thin_load_opts *o, const struct load_visitor *v,
	       void *arg, struct fault *f)
{
	struct load *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->engine = e;
	l->opts = o;
	l->visitor = v;
	l->arg = arg;
	l->nr_threads = load_nr_threads(o);
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->turn_over, NULL);

	r = load_pool(l);
	forest_init(&l->forest, e, l->sb.metadata_sm.nr_blocks, sizeof(__le64));
	if (!r)
		r = run(l);
	if (r == -EUCLEAN || r == -ESTALE)
		*f = l->fault;

	segments_exit(&l->segments);
	forest_exit(&l->forest);
	devices_exit(&l->devices);
	free(l->roots);
	pthread_cond_destroy(&l->turn_over);
	pthread_mutex_destroy(&l->lock);
	free(l);
	return r;
}
