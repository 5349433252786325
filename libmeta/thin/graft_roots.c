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

void graft_tell_root(struct thin_salvage *s, enum thin_finding_code code,
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
		graft_tell_root(o->s, THIN_FINDING_DEVICE_FOUND, d);
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
