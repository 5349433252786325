/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/ls_pool.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/workers.h"
#include "io/stream.h"
#include "thin/ls_blame.h"

/* More in one request would be no faster, but memory for each thread. */
enum { MOST = 64 };

/* To our callers it is damage, as it is with any other block. */
static int read_sb(struct ls_pool *p, bool metadata_snap, struct fault *f)
{
	int r = thin_sb_read(p->engine, metadata_snap, &p->sb, f);

	if (!r || r == -EUCLEAN || r == -ENODATA || r == -ENOMEM)
		return r;
	return fault(f, FAULT_BLOCK_IO, THIN_SB_WHERE, (uint64_t)-r, 0);
}

static unsigned nr_threads(unsigned wanted)
{
	if (!wanted)
		return workers_default();
	return wanted < WORKERS_MAX ? wanted : WORKERS_MAX;
}

int ls_pool_open(struct ls_pool *p, const struct ls_pool_source *s, struct fault *f)
{
	int r;

	*p = (struct ls_pool){
		.engine = s->engine, .nr_threads = nr_threads(s->nr_threads),
		.progress = s->progress,
	};
	forest_init(&p->forest, p->engine, 0, sizeof(__le64));
	if (s->metadata_snap && s->metadata_snap_block) {
		r = read_sb(p, false, f);
		if (r)
			return r;
		f->found = p->sb.held_root;
		if (p->sb.held_root && p->sb.held_root != s->metadata_snap_block)
			return -ESTALE;
	}
	r = read_sb(p, s->metadata_snap, f);
	if (!r)
		p->forest.nr_blocks = p->sb.metadata_sm.nr_blocks;
	return r;
}

int ls_pool_read_devices(struct ls_pool *p, struct fault *f)
{
	int r = devices_load(&p->devices, p->engine, &p->sb, p->nr_threads);

	if (r || !p->devices.damaged)
		return r;
	*f = p->devices.fault;
	return -EUCLEAN;
}

void ls_pool_exit(struct ls_pool *p)
{
	forest_exit(&p->forest);
	devices_exit(&p->devices);
	free(p->roots);
}

static int first_fault(const struct forest *forest, struct fault *f)
{
	if (!forest->nr_faults)
		return 0;
	*f = forest->faults[0];
	for (size_t i = 1; i < forest->nr_faults; i++)
		if (fault_compare(&forest->faults[i], f) < 0)
			*f = forest->faults[i];
	f->kind = KIND_MAPPING;
	return -EUCLEAN;
}

int ls_pool_load_roots(struct ls_pool *p, const uint32_t *blocks, size_t nr, struct fault *f)
{
	int r;

	p->roots = alloc_array(nr, sizeof(*p->roots));
	if (!p->roots)
		return -ENOMEM;
	r = forest_load(&p->forest, p->nr_threads, blocks, nr, p->roots);
	return r ? r : first_fault(&p->forest, f);
}

/* Damage is told with its device, if there is memory to find it and children are known. */
static int blame(const struct ls_pool *p, struct fault *f)
{
	struct ls_blame_tree *trees = NULL;

	if (p->has_all && !p->forest.is_sparse)
		trees = alloc_array(p->devices.nr, sizeof(*trees));
	for (size_t i = 0; trees && i < p->devices.nr; i++)
		trees[i] = (struct ls_blame_tree){ p->roots[i], p->devices.devices[i].dev_id };
	if (trees)
		ls_blame(&p->forest, trees, p->devices.nr, f);
	free(trees);
	return -EUCLEAN;
}

int ls_pool_load(struct ls_pool *p, struct fault *f)
{
	int r = ls_pool_load_roots(p, p->devices.roots, p->devices.nr, f);

	p->has_all = p->roots;
	return r == -EUCLEAN ? blame(p, f) : r;
}

int ls_pool_judge_data(const struct node *n, uint64_t where, uint64_t nr_data_blocks,
		       struct fault *f)
{
	uint64_t most = 0;
	uint32_t i = 0;

	for (uint32_t k = 0; k < n->nr_entries; k++)
		most = node_value64(n, k) > most ? node_value64(n, k) : most;
	if (!n->nr_entries || thin_mapping_block(most) < nr_data_blocks)
		return 0;
	while (thin_mapping_block(node_value64(n, i)) < nr_data_blocks)
		i++;
	fault(f, FAULT_MAPPING_BLOCK, where, thin_mapping_block(node_value64(n, i)),
	      nr_data_blocks);
	f->begin = node_key(n, i);
	f->end = f->begin == UINT64_MAX ? UINT64_MAX : f->begin + 1;
	return -EUCLEAN;
}

struct visit {
	const struct ls_pool *pool;
	uint32_t *leaf_of;		/* by block, unless the forest knows it */
	ls_leaf_fn fn;
	void *arg;
	struct fault_sink sink;
};

static int visit_block(void *arg, unsigned worker, uint64_t where, const void *block, int error)
{
	struct visit *v = arg;
	const struct forest *forest = &v->pool->forest;
	uint32_t leaf = v->leaf_of ? v->leaf_of[where] : forest_leaf_at(forest, where);
	struct fault f;
	struct node n;
	int r = forest_judge_leaf(forest, leaf, block, error, &n, &f);

	(void)worker;
	if (!r)
		r = ls_pool_judge_data(&n, where, v->pool->sb.data_sm.nr_blocks, &f);
	if (!r)
		return v->fn(v->arg, leaf, &n);
	f.kind = KIND_MAPPING;
	fault_sink_add(&v->sink, &f);
	return 0;
}

static int visit_all(struct visit *v, struct bits *set)
{
	const struct forest *forest = &v->pool->forest;
	struct progress *progress = v->pool->progress;
	struct stream s = {
		.engine = v->pool->engine, .nr_threads = v->pool->nr_threads, .most = MOST,
	};

	for (size_t i = 0; i < forest->nr_leaves; i++) {
		if (v->leaf_of)
			v->leaf_of[forest->leaves[i].block] = (uint32_t)i;
		bits_add(set, forest->leaves[i].block);
	}
	if (progress) {
		__atomic_store_n(&progress->total, set->count, __ATOMIC_RELAXED);
		s.progress = &progress->done;
	}
	return stream_visit(&s, set, visit_block, v);
}

int ls_pool_visit(struct ls_pool *p, ls_leaf_fn fn, void *arg, struct fault *f)
{
	struct visit v = { .pool = p, .fn = fn, .arg = arg };
	struct bits set = { .nr = 0 };
	int r = fault_sink_init(&v.sink, 1);

	if (r)
		return r;
	r = bits_init(&set, p->forest.nr_blocks);
	if (!p->forest.slots)
		v.leaf_of = alloc_array(p->forest.nr_blocks, sizeof(*v.leaf_of));
	if (!p->forest.slots && !v.leaf_of)
		r = -ENOMEM;
	if (!r)
		r = visit_all(&v, &set);
	if (!r && v.sink.error)
		r = v.sink.error;
	if (!r && v.sink.nr) {
		fault_sink_sort(&v.sink);
		*f = v.sink.faults[0];
		r = blame(p, f);
	}
	free(v.leaf_of);
	bits_exit(&set);
	fault_sink_exit(&v.sink);
	return r;
}

int ls_pool_keep(struct ls_pool *p, const struct bits *leaves, struct fault *f)
{
	int r = forest_keep(&p->forest, leaves);

	return r ? r : first_fault(&p->forest, f);
}
