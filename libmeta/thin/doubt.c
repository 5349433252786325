/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/doubt.h"

#include <stdlib.h>

#include "thin/shares.h"

/* More are not tried. */
#define MOST_SUSPECTS 24u

static bool is_known(const struct doubt *d, uint64_t where)
{
	for (size_t i = 0; i < d->nr; i++)
		if (d->suspects[i] == where)
			return true;
	return false;
}

static int suspect(struct doubt *d, struct thin_salvage *s, uint64_t where)
{
	int r;

	if (d->nr == MOST_SUSPECTS || where >= s->scan.nr_blocks || s->hole_of[where] ||
	    !bits_has(&s->reached, where) || is_known(d, where))
		return 0;
	r = salvage_room(&d->suspects, &d->room, d->nr, sizeof(*d->suspects));
	if (!r)
		d->suspects[d->nr++] = (uint32_t)where;
	return r;
}

/* Nodes that are pointed to too often, or not at all any more. */
static int64_t judge_pointers(struct thin_salvage *s)
{
	int64_t badness = 0;

	for (uint64_t where = 1; where < s->scan.nr_blocks; where++) {
		const struct scan_block *b = scan_node(&s->scan, where, SCAN_MAPPINGS);
		int64_t missing = b ? ledger_missing(&s->ledger.metadata, where) : 0;

		if (missing < 0 && bits_has(&s->reached, where) && !bits_has(&s->held, where))
			badness += (int64_t)b->nr_below + 1;
		else if (missing > 0 && !b->height && !bits_has(&s->reached, where))
			badness += b->nr + 1;
	}
	return badness;
}

static int64_t judge_data(struct thin_salvage *s)
{
	struct ledger_side *data = &s->ledger.data;
	int64_t badness = 0;

	for (uint64_t block = refs_next(&data->refs, 0); block < data->refs.nr && data->loaded;
	     block = refs_next(&data->refs, block + 1))
		badness += ledger_missing(data, block) < 0 ? 2 : 0;
	return badness;
}

/* Do the holes of device @i not explain what it lacks? */
static bool lacks_more(const struct thin_salvage *s, const struct shares *p, uint32_t i)
{
	return p->of[i].found + p->of[i].lost < s->devices[i].said;
}

/* A leaf is no root where higher trees are missed. */
static bool is_leaf(const struct thin_salvage *s, uint64_t root)
{
	const struct scan_block *b = scan_node(&s->scan, root, SCAN_MAPPINGS);

	return b && !b->height && b->nr;
}

static bool misses_trees(struct thin_salvage *s)
{
	for (uint64_t where = 1; where < s->scan.nr_blocks; where++) {
		const struct scan_block *b = scan_node(&s->scan, where, SCAN_MAPPINGS);

		if (b && b->height && !bits_has(&s->reached, where) &&
		    ledger_missing(&s->ledger.metadata, where) > 0)
			return true;
	}
	return false;
}

/* No more than what no device can have, whatever the details say. */
static int64_t difference(uint64_t a, uint64_t b)
{
	uint64_t d = a > b ? a - b : b - a;

	return d < UINT32_MAX ? (int64_t)d : UINT32_MAX;
}

static int judge_devices(struct doubt *d, struct thin_salvage *s, const struct shares *p)
{
	bool missed = misses_trees(s);
	int r = 0;

	for (uint32_t i = 0; i < s->nr_devices && !r; i++) {
		const struct salvage_device *dev = &s->devices[i];
		uint64_t found = p->of[i].found;

		/* To have less makes nothing better by itself. */
		d->nr_found += found;
		if (dev->said == UINT64_MAX && missed && is_leaf(s, dev->root))
			r = suspect(d, s, dev->root);
		if (dev->said == found || dev->said == UINT64_MAX || !dev->root)
			continue;
		d->badness += difference(dev->said, found);
		/* A hole explains why something is missing. */
		if (lacks_more(s, p, i) || found > dev->said)
			r = suspect(d, s, dev->root);
	}
	return r;
}

/* Do most devices have no details, so that these may be an older tree's? */
static bool is_odd(const struct thin_salvage *s)
{
	size_t nr = 0;

	for (size_t i = 0; i < s->nr_devices; i++)
		nr += s->devices[i].said == UINT64_MAX;
	return 2 * nr > s->nr_devices;
}

/* Who points mostly to nodes that have too many pointers may have no right to. */
static int suspect_parent(struct doubt *d, struct thin_salvage *s, uint64_t where)
{
	struct node n;
	int r = salvage_read(s, where, sizeof(__le64), 0, &n);
	uint32_t nr = 0;

	for (uint32_t i = 0; i < n.nr_entries && !r; i++)
		nr += ledger_missing(&s->ledger.metadata, node_value64(&n, i)) < 0;
	return !r && nr && 2 * nr >= n.nr_entries ? suspect(d, s, where) : r;
}

static int suspect_parents(struct doubt *d, struct thin_salvage *s)
{
	int r = 0;

	for (uint64_t where = 1; where < s->scan.nr_blocks && !r; where++) {
		const struct scan_block *b = &s->scan.blocks[where];

		if (!bits_has(&s->reached, where) || b->families & SCAN_DETAILS)
			continue;
		if (b->height || b->families == SCAN_TOP)
			r = suspect_parent(d, s, where);
	}
	return r;
}

int doubt_find(struct doubt *d, struct thin_salvage *s)
{
	struct shares p;
	int r;

	*d = (struct doubt){ .badness = judge_pointers(s) };
	d->badness += judge_data(s);
	r = shares_find(&p, s);
	r = r ? r : judge_devices(d, s, &p);
	/* Without one of them devices are known by the other one. */
	if (!r && s->differing)
		r = suspect(d, s, s->mapping_root);
	if (!r && s->differing && is_odd(s))
		r = suspect(d, s, s->details_root);
	shares_exit(&p);
	if (!r && d->badness)
		r = suspect_parents(d, s);
	d->badness -= (int64_t)d->nr_found;
	return r;
}

void doubt_exit(struct doubt *d)
{
	free(d->suspects);
}
