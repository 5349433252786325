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
	return bits_init(&h->any, p->forest.nr_leaves);
}

void rmap_hits_exit(struct rmap_hits *h)
{
	if (h->regions)
		pthread_mutex_destroy(&h->lock);
	free(h->leaves);
	bits_exit(&h->any);
	free(h->all);
}

static uint32_t search(const struct rmap_regions *regions, uint32_t leaf, const struct node *n,
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
			hits[nr++] = (struct rmap_hit){ thin, data, 1, leaf };
	}
	return nr;
}

static int make_room(struct rmap_hits *h, size_t more)
{
	if (h->nr > UINT32_MAX - more)
		return -ENOMEM;
	return alloc_room(&h->all, &h->room, h->nr, more, sizeof(*h->all));
}

static int take_leaf(void *arg, uint32_t leaf, const struct node *n)
{
	struct rmap_hit hits[MAX_HITS];
	struct rmap_hits *h = arg;
	uint32_t nr = search(h->regions, leaf, n, hits);
	int r;

	if (!nr)
		return 0;
	pthread_mutex_lock(&h->lock);
	r = make_room(h, nr);
	if (!r) {
		memcpy(h->all + h->nr, hits, nr * sizeof(*hits));
		bits_add(&h->any, leaf);
		h->nr += nr;
	}
	pthread_mutex_unlock(&h->lock);
	return r;
}

/* Those of a leaf are beside each other. */
static int index_leaves(struct rmap_hits *h, size_t nr_leaves)
{
	h->leaves = alloc_array(nr_leaves, sizeof(*h->leaves));
	if (!h->leaves)
		return -ENOMEM;
	for (size_t i = h->nr; i--;) {
		struct rmap_leaf *l = &h->leaves[h->all[i].leaf];

		l->first = (uint32_t)i;
		l->nr++;
	}
	return 0;
}

/* The table of leaves comes when that of the forest is gone. */
int rmap_hits_find(struct rmap_hits *h, struct ls_pool *p, struct fault *f)
{
	int r = ls_pool_visit(p, take_leaf, h, f);

	r = r ? r : ls_pool_keep(p, &h->any, f);
	return r ? r : index_leaves(h, p->forest.nr_leaves);
}
