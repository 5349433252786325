/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "meta/thin_ls.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "thin/ls_owners.h"

/* What is below a leaf or node; of each distinct one it is found once. */
struct sum {
	uint64_t nr;			/* mappings */
	uint64_t highest;		/* thin block, if there are any */
};

struct ls {
	struct ls_pool pool;
	const struct thin_ls_opts *opts;
	struct sum *leaves;
	struct sum *nodes;
	struct ls_owners owners;
};

static int take_leaf(void *arg, uint32_t leaf, const struct node *n)
{
	struct ls *l = arg;

	if (n->nr_entries)
		l->leaves[leaf] = (struct sum){ n->nr_entries, node_key(n, n->nr_entries - 1) };
	if (l->opts->depth == THIN_LS_EXCLUSIVE)
		ls_owners_claim(&l->owners, leaf, n);
	return 0;
}

static void add(struct sum *to, const struct sum *s)
{
	if (!s->nr)
		return;
	to->nr += s->nr;
	to->highest = s->highest;
}

static void sum_nodes(struct ls *l)
{
	const struct forest *f = &l->pool.forest;

	for (unsigned height = 1; height <= FOREST_MAX_HEIGHT; height++)
		for (size_t i = 0; i < f->nr_nodes; i++) {
			const struct forest_node *n = &f->nodes[i];
			const uint32_t *children = forest_children(f, n);

			for (uint32_t k = 0; n->height == height && k < n->nr_children; k++)
				add(&l->nodes[i], height == 1 ? &l->leaves[children[k]] :
								&l->nodes[children[k]]);
		}
}

static int count(struct ls *l, struct fault *f)
{
	struct ls_pool *p = &l->pool;
	int r = ls_pool_load(p, f);

	if (r)
		return r;
	l->leaves = alloc_array(p->forest.nr_leaves, sizeof(*l->leaves));
	l->nodes = alloc_array(p->forest.nr_nodes, sizeof(*l->nodes));
	if (!l->leaves || !l->nodes)
		return -ENOMEM;
	if (l->opts->depth == THIN_LS_EXCLUSIVE)
		r = ls_owners_init(&l->owners, p);
	if (!r)
		r = ls_pool_visit(p, take_leaf, l, f);
	if (!r)
		sum_nodes(l);
	return r;
}

static struct sum sum_of(const struct ls *l, struct forest_root root)
{
	static const struct sum none;

	if (root.kind == FOREST_EMPTY)
		return none;
	return root.kind == FOREST_LEAF ? l->leaves[root.index] : l->nodes[root.index];
}

static int fill(const struct ls *l, struct thin_ls_list *list)
{
	const struct devices *d = &l->pool.devices;
	uint64_t *exclusive = alloc_array(d->nr, sizeof(*exclusive));

	list->data_block_size = l->pool.sb.data_block_size;
	list->devices = alloc_array(d->nr, sizeof(*list->devices));
	if (!exclusive || !list->devices) {
		free(exclusive);
		return -ENOMEM;
	}
	list->nr = d->nr;
	if (l->opts->depth == THIN_LS_EXCLUSIVE)
		ls_owners_count(&l->owners, exclusive);
	for (size_t i = 0; i < d->nr; i++) {
		struct thin_ls_device *to = &list->devices[i];
		struct sum sum = { 0, 0 };

		if (l->opts->depth != THIN_LS_DEVICES)
			sum = sum_of(l, l->pool.roots[i]);
		*to = (struct thin_ls_device){
			.details = d->devices[i], .mapped = sum.nr, .highest = sum.highest,
			.exclusive = exclusive[i],
		};
	}
	free(exclusive);
	return 0;
}

int thin_ls(struct engine *e, const struct thin_ls_opts *o, struct thin_ls_list *list,
	    struct fault *f)
{
	struct ls_pool_source source = {
		.engine = e, .metadata_snap = o->metadata_snap,
		.metadata_snap_block = o->metadata_snap_block, .nr_threads = o->nr_threads,
		.progress = o->progress,
	};
	struct ls l = { .opts = o };
	int r;

	*list = (struct thin_ls_list){ .nr = 0 };
	r = ls_pool_open(&l.pool, &source, f);
	if (!r)
		r = ls_pool_read_devices(&l.pool, f);
	if (!r && o->depth != THIN_LS_DEVICES)
		r = count(&l, f);
	if (!r)
		r = fill(&l, list);
	if (r)
		thin_ls_free(list);
	ls_owners_exit(&l.owners);
	free(l.leaves);
	free(l.nodes);
	ls_pool_exit(&l.pool);
	return r;
}

void thin_ls_free(struct thin_ls_list *list)
{
	free(list->devices);
	*list = (struct thin_ls_list){ .nr = 0 };
}
