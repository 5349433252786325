/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/rmap_hits.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* The largest leaf: 252 runs of one block each. */
#define MAX_HITS ((size_t)META_BLOCK_SIZE / 16)

int rmap_hits_init(struct rmap_hits *h, const struct ls_pool *p,
		   const struct rmap_regions *regions)
{
	*h = (struct rmap_hits){ .regions = regions };
	pthread_mutex_init(&h->lock, NULL);
	h->leaves = alloc_array(p->forest.nr_leaves, sizeof(*h->leaves));
	h->nodes = alloc_array(p->forest.nr_nodes, sizeof(*h->nodes));
	return h->leaves && h->nodes ? 0 : -ENOMEM;
}

void rmap_hits_exit(struct rmap_hits *h)
{
	if (h->regions)
		pthread_mutex_destroy(&h->lock);
	free(h->leaves);
	free(h->nodes);
	free(h->all);
}

static uint32_t search(const struct rmap_regions *regions, const struct node *n,
		       struct rmap_hit hits[MAX_HITS])
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < n->nr_entries; i++) {
		uint64_t data = thin_mapping_block(node_value64(n, i));
		uint64_t thin = node_key(n, i);
		struct rmap_hit *last = nr ? &hits[nr - 1] : NULL;

		if (!rmap_regions_has(regions, data))
			continue;
		if (last && last->thin_begin + last->length == thin &&
		    last->data_begin + last->length == data)
			last->length++;
		else
			hits[nr++] = (struct rmap_hit){ thin, data, 1 };
	}
	return nr;
}

static int make_room(struct rmap_hits *h, size_t more)
{
	return alloc_room(&h->all, &h->room, h->nr, more, sizeof(*h->all));
}

static int take_leaf(void *arg, uint32_t leaf, const struct node *n)
{
	struct rmap_hit hits[MAX_HITS];
	struct rmap_hits *h = arg;
	uint32_t nr = search(h->regions, n, hits);
	int r;

	if (!nr)
		return 0;
	pthread_mutex_lock(&h->lock);
	r = make_room(h, nr);
	if (!r) {
		memcpy(h->all + h->nr, hits, nr * sizeof(*hits));
		h->leaves[leaf] = (struct rmap_leaf){ nr, h->nr };
		h->nr += nr;
	}
	pthread_mutex_unlock(&h->lock);
	return r;
}

static bool is_hit(const struct rmap_hits *h, const struct forest *f,
		   const struct forest_node *n)
{
	const uint32_t *children = forest_children(f, n);

	for (uint32_t i = 0; i < n->nr_children; i++)
		if (n->height == 1 ? h->leaves[children[i]].nr : h->nodes[children[i]])
			return true;
	return false;
}

int rmap_hits_find(struct rmap_hits *h, struct ls_pool *p, struct fault *f)
{
	const struct forest *forest = &p->forest;
	int r = ls_pool_visit(p, take_leaf, h, f);

	if (r)
		return r;
	for (unsigned height = 1; height <= FOREST_MAX_HEIGHT; height++)
		for (size_t i = 0; i < forest->nr_nodes; i++)
			if (forest->nodes[i].height == height)
				h->nodes[i] = is_hit(h, forest, &forest->nodes[i]);
	return 0;
}
