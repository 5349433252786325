/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/ls_owners.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "thin/forest_walk.h"

/* What has several parents belongs to several devices, with all below it. */
static void own_leaves(struct ls_owners *o, const struct ls_pool *p, size_t device)
{
	const struct forest *f = &p->forest;
	struct forest_walk w;
	struct forest_step s;

	forest_walk_init(&w, f, p->roots[device]);
	for (s = forest_walk_next(&w); s.kind != FOREST_STEP_END; s = forest_walk_next(&w)) {
		if (s.kind == FOREST_STEP_NODE && f->nodes[s.index].shared)
			forest_walk_skip(&w);
		if (s.kind == FOREST_STEP_LEAF && !f->leaves[s.index].shared)
			o->of_leaf[s.index] = (uint32_t)device + 1;
	}
}

int ls_owners_init(struct ls_owners *o, const struct ls_pool *p)
{
	*o = (struct ls_owners){ .nr_data = p->sb.data_sm.nr_blocks };
	o->of_leaf = alloc_array(p->forest.nr_leaves, sizeof(*o->of_leaf));
	o->of_data = alloc_array(o->nr_data, sizeof(*o->of_data));
	if (!o->of_leaf || !o->of_data)
		return -ENOMEM;
	for (size_t i = 0; i < p->devices.nr; i++)
		own_leaves(o, p, i);
	for (size_t i = 0; i < p->forest.nr_leaves; i++)
		if (!o->of_leaf[i])
			o->of_leaf[i] = LS_OWNERS_SEVERAL;
	return 0;
}

void ls_owners_exit(struct ls_owners *o)
{
	free(o->of_leaf);
	free(o->of_data);
}

/* SEVERAL is final, so it may be stored whatever others do meanwhile. */
static void claim(uint32_t *at, uint32_t who)
{
	uint32_t was = __atomic_load_n(at, __ATOMIC_RELAXED);

	if (was == LS_OWNERS_NOBODY &&
	    __atomic_compare_exchange_n(at, &was, who, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	if (was != who)
		__atomic_store_n(at, LS_OWNERS_SEVERAL, __ATOMIC_RELAXED);
}

void ls_owners_claim(struct ls_owners *o, uint32_t leaf, const struct node *n)
{
	uint32_t who = o->of_leaf[leaf];

	/* All lines are asked for before the first one is needed. */
	for (uint32_t i = 0; i < n->nr_entries; i++)
		__builtin_prefetch(&o->of_data[thin_mapping_block(node_value64(n, i))], 1);
	for (uint32_t i = 0; i < n->nr_entries; i++)
		claim(&o->of_data[thin_mapping_block(node_value64(n, i))], who);
}

void ls_owners_count(const struct ls_owners *o, uint64_t *exclusive)
{
	for (uint64_t i = 0; i < o->nr_data; i++)
		if (o->of_data[i] != LS_OWNERS_NOBODY && o->of_data[i] != LS_OWNERS_SEVERAL)
			exclusive[o->of_data[i] - 1]++;
}
