/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/graft_roots.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "thin/era.h"
#include "thin/room.h"
#include "thin/trees.h"

enum {
	/* What speaks for a tree as a device's, besides two for each child that was. */
	SCORE_MAPPED = 1000,
	SCORE_ROOM = 800,		/* with what was in lost leaves, if these were full */
	SCORE_PARTLY = 500,		/* as much of that as it still maps */
	SCORE_ERA = 600,
	/* So many pairs are compared. */
	MOST_PAIRS = 1 << 20,
};

/* A root that an older tree names, and that something lost points to, but no node. */
static uint64_t find_named(struct orphans *o, uint32_t dev_id)
{
	const struct census *c = o->older;

	for (size_t i = census_find_root(c, dev_id);
	     i < c->nr_roots && c->roots[i].dev_id == dev_id; i++)
		if (orphans_node(o->s, c->roots[i].root) &&
		    !bits_has(&o->below, c->roots[i].root) &&
		    ledger_missing(&o->s->ledger.metadata, c->roots[i].root) > 0)
			return c->roots[i].root;
	return 0;
}

static void tell_root(struct thin_salvage *s, enum thin_finding_code code,
		      const struct salvage_device *d)
{
	struct thin_finding f = { .code = code, .dev_id = d->device.dev_id, .where = d->root };

	salvage_tell(s, &f);
}

/* A tree that may be a device's. */
struct pair {
	uint32_t device;
	uint32_t root;
	uint32_t score;
};

struct tree {
	struct era era;
	uint64_t most;			/* mappings that it can have had */
};

struct pairing {
	struct orphans *o;
	struct tree *trees;		/* of the orphans */
	struct pair *pairs;
	size_t nr, room;
};

/* Has it as many mappings as it should, or can it have had them? */
static uint32_t score_mapped(const struct salvage_device *d, const struct scan_block *b,
			     uint64_t most)
{
	if (d->said == most)
		return b->whole ? SCORE_MAPPED : SCORE_ROOM;
	if (b->whole || d->said > most || b->nr_below > d->said || b->nr_below < d->said / 2)
		return 0;
	return (uint32_t)((double)b->nr_below / (double)d->said * SCORE_PARTLY);
}

/* It has as many mappings as it should, or children that were the device's. */
static uint32_t score_of(const struct pairing *p, const struct salvage_device *d, size_t i)
{
	const struct scan_block *b = orphans_node(p->o->s, p->o->nodes[i]);
	uint32_t score = 2 * orphans_count_kin(p->o, p->o->nodes[i]);

	score += score_mapped(d, b, p->trees[i].most);
	if (score && d->has_details)
		score += era_fit(&p->trees[i].era, &d->device, SCORE_ERA);
	return score;
}

static int add_pairs(struct pairing *p, uint32_t device)
{
	const struct salvage_device *d = &p->o->s->devices[device];
	int r = orphans_find_kin(p->o, d->device.dev_id);

	for (size_t i = 0; i < p->o->nr_nodes && !r; i++) {
		struct pair pair = { .device = device, .root = p->o->nodes[i] };

		if (!orphans_node(p->o->s, pair.root) || !orphans_is_root(p->o, pair.root))
			continue;
		pair.score = score_of(p, d, i);
		if (!pair.score || p->nr == MOST_PAIRS)
			continue;
		r = salvage_room(&p->pairs, &p->room, p->nr, sizeof(*p->pairs));
		if (!r)
			p->pairs[p->nr++] = pair;
	}
	return r;
}

static int judge_trees(struct pairing *p)
{
	struct orphans *o = p->o;
	struct room room = { .s = o->s };
	int r = 0;

	p->trees = alloc_array(o->nr_nodes, sizeof(*p->trees));
	if (!p->trees)
		return -ENOMEM;
	for (size_t i = 0; i < o->nr_nodes && !r; i++) {
		if (!orphans_node(o->s, o->nodes[i]) || !orphans_is_root(o, o->nodes[i]))
			continue;
		r = era_find(o->s, o->nodes[i], &o->shared, &p->trees[i].era);
		r = r ? r : room_find(&room, o->nodes[i], &p->trees[i].most);
	}
	return r;
}

static int use_root(struct orphans *o, uint32_t index, uint64_t root)
{
	struct salvage_device *d = &o->s->devices[index];

	d->root = root;
	if (root) {
		ledger_take(&o->s->ledger.metadata, root);
		tell_root(o->s, THIN_FINDING_DEVICE_FOUND, d);
	}
	return trees_reach_device(o->s, index);
}

/* qsort() has no argument for it. */
static _Thread_local const struct thin_salvage *sorting;

static int compare_devices(const void *a, const void *b)
{
	const struct salvage_device *devices = sorting->devices;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (devices[x].device.creation_time != devices[y].device.creation_time)
		return devices[x].device.creation_time > devices[y].device.creation_time ? -1 : 1;
	return (x < y) - (x > y);
}

/* The best first; of equals the youngest device and the latest tree. */
static int compare_pairs(const void *a, const void *b)
{
	const struct scan_block *blocks = sorting->scan.blocks;
	const struct pair *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (x->device != y->device)
		return compare_devices(&x->device, &y->device);
	if (blocks[x->root].time != blocks[y->root].time)
		return blocks[x->root].time > blocks[y->root].time ? -1 : 1;
	return (x->root < y->root) - (x->root > y->root);
}

/* Devices for which no name was found; those that get nothing here get a hole. */
static int pair_up(struct orphans *o, const uint32_t *order, size_t nr)
{
	struct thin_salvage *s = o->s;
	struct pairing p = { .o = o };
	int r = judge_trees(&p);

	for (size_t i = 0; i < nr && !r; i++)
		if (!s->devices[order[i]].root && s->devices[order[i]].said)
			r = add_pairs(&p, order[i]);
	if (p.nr)
		qsort(p.pairs, p.nr, sizeof(*p.pairs), compare_pairs);
	for (size_t i = 0; i < p.nr && !r; i++)
		if (!s->devices[p.pairs[i].device].root && salvage_is_missed(s, p.pairs[i].root))
			r = use_root(o, p.pairs[i].device, p.pairs[i].root);
	for (size_t i = 0; i < nr && !r; i++)
		if (!s->devices[order[i]].root)
			r = use_root(o, order[i], 0);
	free(p.trees);
	free(p.pairs);
	return r;
}

/*
 * The youngest device first: an older tree may say that what is a snapshot's
 * now was its origin's, which has another root since it was written to.
 */
int graft_roots(struct orphans *o)
{
	struct thin_salvage *s = o->s;
	uint32_t *order = alloc_array(s->nr_devices, sizeof(*order));
	size_t nr = 0;
	int r = order ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < s->nr_devices && !r; i++)
		if (!s->devices[i].has_root) {
			s->devices[i].root = 0;
			if (s->differing && s->devices[i].said && !o->nr_nodes)
				tell_root(s, THIN_FINDING_DEVICE_DROPPED, &s->devices[i]);
			else
				order[nr++] = i;
		}
	sorting = s;
	if (nr)
		qsort(order, nr, sizeof(*order), compare_devices);
	for (size_t i = 0; i < nr && !r; i++) {
		uint64_t root = find_named(o, s->devices[order[i]].device.dev_id);

		if (root)
			r = use_root(o, order[i], root);
	}
	if (nr && !r)
		r = pair_up(o, order, nr);
	free(order);
	return r;
}

static uint64_t find_older(struct orphans *o, uint32_t dev_id)
{
	const struct census *c = o->older;
	uint64_t best = 0;

	for (size_t i = census_find_root(c, dev_id);
	     i < c->nr_roots && c->roots[i].dev_id == dev_id; i++) {
		const struct scan_block *b = orphans_node(o->s, c->roots[i].root);

		if (!b || bits_has(&o->s->reached, c->roots[i].root))
			continue;
		if (!best || b->time > o->s->scan.blocks[best].time ||
		    (b->time == o->s->scan.blocks[best].time &&
		     b->nr_below > o->s->scan.blocks[best].nr_below))
			best = c->roots[i].root;
	}
	return best;
}

int graft_use_older_root(struct orphans *o, size_t index)
{
	struct salvage_device *d = &o->s->devices[o->s->holes[index].device];
	uint64_t root = d->said ? find_older(o, d->device.dev_id) : 0;
	struct span all = { 0, UINT64_MAX };
	int r;

	if (!root)
		return 0;
	for (size_t i = 0; i < o->s->nr_devices; i++)
		if (&o->s->devices[i] != d && o->s->devices[i].root == d->root)
			return 0;
	d->root = root;
	o->s->holes[index].device = SALVAGE_NONE;
	o->s->holes[index].height = SALVAGE_NONE;
	tell_root(o->s, THIN_FINDING_DEVICE_OLDER, d);
	o->s->older = true;
	r = trees_reach(o->s, root, all);
	o->s->older = false;
	return r;
}
