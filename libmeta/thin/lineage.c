/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/lineage.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/sorted.h"
#include "thin/orphans.h"

/* So many pairs are remembered, and so many leaves compared with one. */
#define MOST_SEEN (1u << 22)
#define MOST_ALIKE 64u

struct find {
	struct lineage *l;
	struct thin_salvage *s;
	uint32_t *stamps;		/* by block: index of the device plus one */
	uint32_t device;
	enum lineage_weight weight;
};

static int add(struct lineage *l, uint32_t node, uint32_t device, enum lineage_weight weight)
{
	int r = salvage_room(&l->seen, &l->room, l->nr, sizeof(*l->seen));

	if (!r && l->nr < MOST_SEEN)
		l->seen[l->nr++] = (struct lineage_seen){ node, device, weight };
	return r;
}

/* Goes down through what is older; what is in use is known better. */
static int descend(struct find *f, uint64_t where, unsigned level)
{
	const struct scan_block *b = orphans_node(f->s, where);
	struct node n;
	int r;

	if (!b || f->stamps[where] == f->device + 1 || f->l->nr == MOST_SEEN)
		return 0;
	f->stamps[where] = f->device + 1;
	r = add(f->l, (uint32_t)where, f->device,
		!level && f->weight == LINEAGE_NAMED ? LINEAGE_ROOT : f->weight);
	if (r || bits_has(&f->s->reached, where) || !b->height || level > SCAN_MAX_HEIGHT)
		return r;
	r = salvage_read(f->s, where, sizeof(__le64), level, &n);
	for (uint32_t i = 0; i < n.nr_entries && !r; i++) {
		const struct scan_block *child = orphans_node(f->s, node_value64(&n, i));

		/* What has become something else since says nothing. */
		if (child && child->height + 1 == b->height && child->first >= node_key(&n, i) &&
		    (i + 1 == n.nr_entries || child->first < node_key(&n, i + 1)))
			r = descend(f, node_value64(&n, i), level + 1);
	}
	return r;
}

static int follow_roots(struct find *f, const struct census *older)
{
	int r = 0;

	f->weight = LINEAGE_NAMED;
	for (uint32_t i = 0; i < f->s->nr_devices && !r; i++) {
		uint32_t dev_id = f->s->devices[i].device.dev_id;

		f->device = i;
		for (size_t c = census_find_root(older, dev_id);
		     c < older->nr_roots && older->roots[c].dev_id == dev_id && !r; c++)
			r = descend(f, older->roots[c].root, 0);
	}
	return r;
}

/* The device that reaches most of the children of an older node; SALVAGE_NONE if none does. */
static uint32_t find_owner(const struct find *f, const struct node *n)
{
	uint32_t best = SALVAGE_NONE;
	int score = 0;

	for (uint32_t i = 0; i < n->nr_entries; i++) {
		uint64_t child = node_value64(n, i);

		if (!bits_has(&f->s->reached, child) || child >= f->s->scan.nr_blocks)
			continue;
		if (!score)
			best = f->s->owners[child];
		score += f->s->owners[child] == best ? 1 : -1;
	}
	return score > 0 ? best : SALVAGE_NONE;
}

/* Older nodes that no older root leads to. */
static int follow_nodes(struct find *f)
{
	struct thin_salvage *s = f->s;
	int r = 0;

	f->weight = LINEAGE_NEAR;
	for (uint64_t where = 1; where < s->scan.nr_blocks && !r; where++) {
		const struct scan_block *b = orphans_node(s, where);
		struct node n;

		if (!b || !b->height || bits_has(&s->reached, where))
			continue;
		r = salvage_read(s, where, sizeof(__le64), 0, &n);
		f->device = r ? SALVAGE_NONE : find_owner(f, &n);
		if (f->device < s->nr_devices)
			r = descend(f, where, 0);
	}
	return r;
}

static int compare_seen(const void *a, const void *b)
{
	const struct lineage_seen *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return (x->weight < y->weight) - (x->weight > y->weight);
}

/* Each pair once, with the most that is known. */
static void tidy(struct lineage *l)
{
	size_t to = 0;

	if (l->nr)
		qsort(l->seen, l->nr, sizeof(*l->seen), compare_seen);
	for (size_t i = 0; i < l->nr; i++)
		if (!to || l->seen[to - 1].node != l->seen[i].node ||
		    l->seen[to - 1].device != l->seen[i].device)
			l->seen[to++] = l->seen[i];
	l->nr = to;
}

const struct lineage_seen *lineage_of(const struct lineage *l, uint32_t node, size_t *nr)
{
	size_t low = sorted_find(l->seen, node, l->nr, node);

	for (*nr = 0; low + *nr < l->nr && l->seen[low + *nr].node == node; ++*nr)
		;
	return *nr ? l->seen + low : NULL;
}

static bool is_alike(const struct node *a, const struct node *b)
{
	uint32_t nr = a->nr_entries < b->nr_entries ? a->nr_entries : b->nr_entries;
	uint32_t same = 0;

	for (uint32_t i = 0, k = 0; i < a->nr_entries && k < b->nr_entries;) {
		uint64_t x = node_key(a, i), y = node_key(b, k);

		same += x == y && node_value64(a, i) == node_value64(b, k);
		i += x <= y;
		k += y <= x;
	}
	return nr && 2 * same >= nr;
}

/* Compares one leaf with those from @others on that begin with the same key. */
static int compare_leaf(struct find *f, uint32_t leaf, const uint32_t *others, size_t nr,
			size_t nr_known)
{
	const struct scan_block *blocks = f->s->scan.blocks;
	struct lineage *l = f->l;
	struct node a, b;
	int r = salvage_read(f->s, leaf, sizeof(__le64), 0, &a);

	for (size_t i = 0; i < nr && i < MOST_ALIKE && !r; i++) {
		struct lineage known = { .nr = nr_known };
		size_t nr_seen, at;

		if (blocks[others[i]].first != blocks[leaf].first)
			break;
		r = salvage_read(f->s, others[i], sizeof(__le64), 1, &b);
		if (r || !is_alike(&a, &b))
			continue;
		/* The array may move; what was known before stays in front. */
		known.seen = l->seen;
		at = (size_t)(lineage_of(&known, others[i], &nr_seen) - l->seen);
		for (size_t k = 0; k < nr_seen && l->nr < MOST_SEEN && !r; k++)
			r = add(l, leaf, l->seen[at + k].device, LINEAGE_ALIKE);
	}
	return r;
}

/* Leaves that nobody has seen against those that somebody has. */
static int compare_leaves(struct find *f)
{
	const struct scan_block *blocks = f->s->scan.blocks;
	size_t nr_known = f->l->nr, nr = 0, nr_seen;
	uint32_t *leaves = alloc_array(nr_known, sizeof(*leaves));
	int r = leaves ? 0 : -ENOMEM;

	for (size_t i = 0; i < nr_known && !r; i++)
		if (!blocks[f->l->seen[i].node].height && (!nr ||
		    leaves[nr - 1] != f->l->seen[i].node))
			leaves[nr++] = f->l->seen[i].node;
	scan_sort(&f->s->scan, leaves, nr);
	for (uint64_t where = 1; where < f->s->scan.nr_blocks && nr && !r; where++) {
		const struct lineage known = { .seen = f->l->seen, .nr = nr_known };
		const struct scan_block *b = orphans_node(f->s, where);
		size_t from;

		if (!b || b->height || !b->nr || !salvage_is_missed(f->s, where))
			continue;
		if (lineage_of(&known, (uint32_t)where, &nr_seen))
			continue;
		from = scan_find(&f->s->scan, leaves, nr, b->first);
		r = compare_leaf(f, (uint32_t)where, leaves + from, nr - from, nr_known);
	}
	free(leaves);
	return r;
}

int lineage_find(struct lineage *l, struct thin_salvage *s, const struct census *older)
{
	struct find f = { .l = l, .s = s };
	int r;

	*l = (struct lineage){ .nr = 0 };
	f.stamps = alloc_array(s->scan.nr_blocks, sizeof(*f.stamps));
	if (!f.stamps)
		return -ENOMEM;
	r = follow_roots(&f, older);
	r = r ? r : follow_nodes(&f);
	if (!r)
		tidy(l);
	r = r ? r : compare_leaves(&f);
	if (!r)
		tidy(l);
	free(f.stamps);
	return r;
}

void lineage_exit(struct lineage *l)
{
	free(l->seen);
}
