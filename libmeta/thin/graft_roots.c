/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/graft_roots.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "thin/trees.h"

/* A root that an older tree names, and that something still points to. */
static uint64_t find_named(struct orphans *o, uint32_t dev_id)
{
	const struct census *c = o->older;

	for (size_t i = census_find_root(c, dev_id);
	     i < c->nr_roots && c->roots[i].dev_id == dev_id; i++)
		if (orphans_node(o->s, c->roots[i].root) &&
		    ledger_missing(&o->s->ledger.metadata, c->roots[i].root) > 0)
			return c->roots[i].root;
	return 0;
}

/* A tree that has as many mappings as it should, or children that were the device's. */
static uint64_t find_similar(struct orphans *o, const struct salvage_device *d)
{
	uint32_t best = 0, most = 0;

	for (size_t i = 0; i < o->nr_nodes; i++) {
		const struct scan_block *b = orphans_node(o->s, o->nodes[i]);
		uint32_t score;

		if (!b || !orphans_is_root(o, o->nodes[i]))
			continue;
		score = 2 * orphans_count_kin(o, o->nodes[i]);
		if (d->said && d->said == b->nr_below && b->whole)
			score += 1000;
		/* A snapshot that nobody has written to. */
		if (score && b->time < d->device.creation_time)
			score += 500;
		if (score && (score > most || (score == most &&
					       b->time >= o->s->scan.blocks[best].time))) {
			most = score;
			best = o->nodes[i];
		}
	}
	return best;
}

static void tell_root(struct thin_salvage *s, enum thin_finding_code code,
		      const struct salvage_device *d)
{
	struct thin_finding f = { .code = code, .dev_id = d->device.dev_id, .where = d->root };

	salvage_tell(s, &f);
}

/* A device that no sound tree gives a root. */
static int graft_root(struct orphans *o, uint32_t index)
{
	struct salvage_device *d = &o->s->devices[index];
	int r = orphans_find_kin(o, d->device.dev_id);

	if (r)
		return r;
	d->root = find_named(o, d->device.dev_id);
	if (!d->root && d->said)
		d->root = find_similar(o, d);
	if (d->root) {
		ledger_take(&o->s->ledger.metadata, d->root);
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
		if (!s->devices[i].has_root)
			order[nr++] = i;
	sorting = s;
	if (nr)
		qsort(order, nr, sizeof(*order), compare_devices);
	for (size_t i = 0; i < nr && !r; i++)
		r = graft_root(o, order[i]);
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
