/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/kin.h"

#include "base/alloc.h"

/* The children of @parent, which is in use, are its own. */
static int note_children(struct kin *k, struct thin_salvage *s, uint64_t parent)
{
	struct node n;
	int r = salvage_read(s, parent, sizeof(__le64), 0, &n);

	for (uint32_t i = 0; i < n.nr_entries && !r; i++)
		if (node_value64(&n, i) < k->nr)
			k->owner[node_value64(&n, i)] = (uint32_t)parent;
	return r;
}

static int note_owners(struct kin *k, struct thin_salvage *s)
{
	int r = 0;

	for (size_t i = 0; i < s->nr_holes && !r; i++) {
		const struct hole *h = &s->holes[i];

		for (size_t p = 0; p < h->nr_pieces; p++)
			k->owner[h->pieces[p]] = (uint32_t)h->where;
		if (!h->height && h->parent)
			r = note_children(k, s, h->parent);
	}
	return r;
}

/* The owner of most children of a node; 0 if they have none. */
static uint32_t find_owner(const struct kin *k, const struct node *n)
{
	uint32_t best = 0;
	int score = 0;

	for (uint32_t i = 0; i < n->nr_entries; i++) {
		uint64_t child = node_value64(n, i);
		uint32_t owner = child < k->nr ? k->owner[child] : 0;

		if (!owner)
			continue;
		if (!score)
			best = owner;
		score += owner == best ? 1 : -1;
	}
	return best;
}

static int look_at(struct kin *k, struct thin_salvage *s, uint64_t where)
{
	uint32_t owner;
	struct node n;
	int r = salvage_read(s, where, sizeof(__le64), 0, &n);

	owner = r ? 0 : find_owner(k, &n);
	for (uint32_t i = 0; owner && i < n.nr_entries; i++) {
		uint64_t child = node_value64(&n, i);
		const struct scan_block *b = scan_node(&s->scan, child, SCAN_MAPPINGS);

		if (b && !b->height && !bits_has(&s->reached, child))
			k->of[child] = owner;
	}
	return r;
}

static void note_roots(struct kin *k, const struct thin_salvage *s, const struct census *roots)
{
	for (size_t i = 0; i < s->nr_holes; i++) {
		const struct hole *h = &s->holes[i];
		uint32_t dev_id;

		if (h->device == SALVAGE_NONE)
			continue;
		dev_id = s->devices[h->device].device.dev_id;
		for (size_t c = census_find_root(roots, dev_id);
		     c < roots->nr_roots && roots->roots[c].dev_id == dev_id; c++)
			if (roots->roots[c].root < k->nr)
				k->of[roots->roots[c].root] = (uint32_t)(k->nr + h->device);
	}
}

int kin_find(struct kin *k, struct thin_salvage *s, const struct census *roots)
{
	int r;

	*k = (struct kin){ .nr = s->scan.nr_blocks };
	k->owner = alloc_array(k->nr, sizeof(*k->owner));
	k->of = alloc_array(k->nr, sizeof(*k->of));
	if (!k->owner || !k->of)
		return -ENOMEM;
	r = note_owners(k, s);
	for (uint64_t where = 1; where < k->nr && !r; where++) {
		const struct scan_block *b = scan_node(&s->scan, where, SCAN_MAPPINGS);

		if (b && b->height == 1 && !bits_has(&s->reached, where))
			r = look_at(k, s, where);
	}
	note_roots(k, s, roots);
	return r;
}

void kin_exit(struct kin *k)
{
	free(k->owner);
	free(k->of);
}
