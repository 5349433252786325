/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "meta/thin_rmap.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "thin/forest_walk.h"
#include "thin/rmap_hits.h"

struct rmap {
	struct ls_pool pool;
	struct rmap_regions regions;
	struct rmap_hits hits;
	struct thin_rmap_list *list;
	size_t room;
};

static bool is_joined(const struct thin_rmap_run *a, const struct rmap_hit *b)
{
	return a->thin_begin + a->length == b->thin_begin &&
		a->data_begin + a->length == b->data_begin;
}

static int add_run(struct rmap *m, const struct thin_rmap_run *run)
{
	struct thin_rmap_list *l = m->list;

	if (alloc_room(&l->runs, &m->room, l->nr, 1, sizeof(*l->runs)))
		return -ENOMEM;
	l->runs[l->nr++] = *run;
	return 0;
}

/* Adds the hits of a leaf to the list; runs before @first are not this device's. */
static int add_leaf(struct rmap *m, uint32_t leaf, uint32_t dev_id, size_t first)
{
	const struct rmap_leaf *l = &m->hits.leaves[leaf];
	int r = 0;

	for (uint32_t i = 0; !r && i < l->nr; i++) {
		const struct rmap_hit *hit = &m->hits.all[l->first + i];
		struct thin_rmap_run run = {
			.data_begin = hit->data_begin, .length = hit->length,
			.thin_begin = hit->thin_begin, .dev_id = dev_id,
		};

		if (m->list->nr > first && is_joined(&m->list->runs[m->list->nr - 1], hit))
			m->list->runs[m->list->nr - 1].length += hit->length;
		else
			r = add_run(m, &run);
	}
	return r;
}

/* Goes only where something was found, in the order of thin addresses. */
static int add_device(struct rmap *m, size_t device)
{
	uint32_t dev_id = m->pool.devices.devices[device].dev_id;
	struct forest_root root = m->pool.roots[device];
	size_t first = m->list->nr;
	struct forest_walk w;
	struct forest_step s;
	int r = 0;

	if (root.kind == FOREST_NODE && !m->pool.forest.nodes[root.index].nr_children)
		return 0;
	forest_walk_init(&w, &m->pool.forest, root);
	for (s = forest_walk_next(&w); !r && s.kind != FOREST_STEP_END;
	     s = forest_walk_next(&w))
		if (s.kind == FOREST_STEP_LEAF)
			r = add_leaf(m, s.index, dev_id, first);
	return r;
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare(const void *a, const void *b)
{
	const struct thin_rmap_run *x = a, *y = b;

	if (x->data_begin != y->data_begin)
		return order(x->data_begin, y->data_begin);
	if (x->length != y->length)
		return order(x->length, y->length);
	if (x->dev_id != y->dev_id)
		return order(x->dev_id, y->dev_id);
	return order(x->thin_begin, y->thin_begin);
}

static int find(struct rmap *m, struct fault *f)
{
	struct ls_pool *p = &m->pool;
	int r = ls_pool_load(p, f);

	if (!r)
		r = rmap_hits_init(&m->hits, p, &m->regions);
	if (!r)
		r = rmap_hits_find(&m->hits, p, f);
	for (size_t i = 0; !r && i < p->devices.nr; i++)
		r = add_device(m, i);
	return r;
}

static int take_no_leaf(void *arg, uint32_t leaf, const struct node *n)
{
	(void)arg;
	(void)leaf;
	(void)n;
	return 0;
}

/* Which device damage hits is known by way of all children only. */
static void blame(const struct ls_pool_source *source, struct fault *f)
{
	struct ls_pool p;
	struct fault again;
	int r = ls_pool_open(&p, source, &again);

	r = r ? r : ls_pool_read_devices(&p, &again);
	r = r ? r : ls_pool_load(&p, &again);
	r = r ? r : ls_pool_visit(&p, take_no_leaf, NULL, &again);
	if (r == -EUCLEAN)
		*f = again;
	ls_pool_exit(&p);
}

int thin_rmap(struct engine *e, const struct thin_rmap_opts *o, struct thin_rmap_list *list,
	      struct fault *f)
{
	struct ls_pool_source source = {
		.engine = e, .metadata_snap = o->metadata_snap,
		.metadata_snap_block = o->metadata_snap_block, .nr_threads = o->nr_threads,
		.progress = o->progress,
	};
	struct rmap m = { .list = list };
	int r;

	*list = (struct thin_rmap_list){ .nr = 0 };
	r = rmap_regions_init(&m.regions, o->regions, o->nr_regions);
	if (r) {
		rmap_regions_exit(&m.regions);
		return r;
	}
	r = ls_pool_open(&m.pool, &source, f);
	m.pool.forest.is_sparse = true;
	if (!r)
		r = ls_pool_read_devices(&m.pool, f);
	if (!r)
		r = find(&m, f);
	rmap_hits_exit(&m.hits);
	rmap_regions_exit(&m.regions);
	ls_pool_exit(&m.pool);
	if (r)
		thin_rmap_free(list);
	else if (list->nr)
		qsort(list->runs, list->nr, sizeof(*list->runs), compare);
	if (r == -EUCLEAN)
		blame(&source, f);
	return r;
}

void thin_rmap_free(struct thin_rmap_list *list)
{
	free(list->runs);
	*list = (struct thin_rmap_list){ .nr = 0 };
}
