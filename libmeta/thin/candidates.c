/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/candidates.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/sorted.h"
#include "thin/fit.h"
#include "thin/remains.h"

/* With so many pointers to it, a node is everybody's. */
#define COMMON 3u

/* Neighbours in number are so near, and so many of them are asked. */
#define NEAR 32u
#define MOST_NEIGHBOURS 8u

/* So many are judged again. */
#define MOST_REVIEWED (1u << 21)

static uint32_t count_seen(const struct candidates *c, uint32_t where)
{
	size_t nr;

	lineage_of(&c->lineage, where, &nr);
	return (uint32_t)nr;
}

/* A root never becomes a child; but another node may have its number now. */
static bool was_root(const struct candidates *c, uint32_t where)
{
	size_t nr;
	const struct lineage_seen *seen = lineage_of(&c->lineage, where, &nr);

	for (size_t i = 0; i < nr; i++)
		if (seen[i].weight == LINEAGE_ROOT)
			return true;
	return false;
}

static uint32_t part(uint64_t of, uint64_t most, uint32_t worth)
{
	return most ? (uint32_t)((double)of / (double)most * worth) : 0;
}

/* Is it to be considered, and what speaks for it wherever it goes? */
static int judge(struct candidates *c, struct candidate *k, bool *use)
{
	struct ledger_side *metadata = &c->s->ledger.metadata;
	enum fit fit;
	uint64_t nr;
	int r;

	*use = true;
	if (salvage_is_shared(c->s, k->where)) {
		k->left = UINT32_MAX;
		nr = salvage_nr_found(c->s, k->where);
		k->worth += part(nr, c->s->nr_devices > nr ? c->s->nr_devices : nr, WORTH_SHARED);
		k->shared = true;
		k->three = ledger_is_large(metadata, k->where);
		return 0;
	}
	r = fit_judge(c->s, k->where, &fit);
	if (ledger_knows(metadata, k->where)) {
		k->left = (uint32_t)ledger_missing(metadata, k->where);
		/* A copy of what is in its place already may have taken its place. */
		k->worth += fit == FIT_BAD ? 0 : fit == FIT_TAKEN ? WORTH_TAKEN : WORTH_KNOWN;
		return r;
	}
	k->left = count_seen(c, k->where);
	k->left += !k->left;
	k->worth += fit == FIT_GOOD ? WORTH_FIT : 0;
	*use = fit != FIT_BAD && !(c->height && was_root(c, k->where));
	k->by_fit = fit == FIT_GOOD;
	return r;
}

static int compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return (x->where > y->where) - (x->where < y->where);
}

/* The later and the larger is the better, if nothing else tells two apart. */
static void compare_all(struct candidates *c)
{
	const struct scan_block *blocks = c->s->scan.blocks;
	uint64_t time = 0, nr = 0;

	for (size_t i = 0; i < c->nr; i++) {
		const struct scan_block *b = &blocks[c->all[i].where];

		time = b->time > time ? b->time : time;
		nr = b->nr_below > nr ? b->nr_below : nr;
	}
	for (size_t i = 0; i < c->nr; i++) {
		const struct scan_block *b = &blocks[c->all[i].where];

		c->all[i].worth += part(b->time, time, WORTH_LATE) +
				   part(b->nr_below, nr, WORTH_LARGE);
	}
	if (c->nr)
		qsort(c->all, c->nr, sizeof(*c->all), compare);
}

static int count_hints(struct candidates *c)
{
	c->nr_hinted = alloc_array(c->s->scan.nr_blocks, sizeof(*c->nr_hinted));
	if (!c->nr_hinted)
		return -ENOMEM;
	for (size_t i = 0; i < c->s->nr_holes; i++)
		for (uint32_t k = 0; k < c->s->holes[i].nr_hints; k++)
			c->nr_hinted[c->s->holes[i].hints[k]]++;
	return 0;
}

int candidates_find(struct candidates *c, struct orphans *o, uint32_t height)
{
	struct thin_salvage *s = o->s;
	int r = shares_find(&c->shares, s);

	c->s = s;
	c->height = height;
	r = r ? r : count_hints(c);
	for (size_t i = 0; i < o->nr_nodes && !r; i++) {
		struct candidate k = { .where = o->nodes[i], .worth = WORTH_ANY };
		const struct scan_block *b = orphans_node(s, k.where);
		bool use;

		if (!b || b->height != height || (!salvage_is_missed(s, k.where) &&
						  !salvage_is_shared(s, k.where)))
			continue;
		k.first = b->first;
		r = judge(c, &k, &use);
		if (r || !use)
			continue;
		if (c->shares.nr > 1 && !k.shared)
			r = era_find(s, k.where, &o->shared, &k.era);
		r = r ? r : salvage_room(&c->all, &c->room, c->nr, sizeof(*c->all));
		if (!r)
			c->all[c->nr++] = k;
	}
	compare_all(c);
	return r;
}

void candidates_exit(struct candidates *c)
{
	shares_exit(&c->shares);
	free(c->all);
	free(c->nr_hinted);
	c->nr_hinted = NULL;
	c->all = NULL;
	c->nr = c->room = 0;
}

size_t candidates_from(const struct candidates *c, uint64_t key)
{
	return sorted_find(c->all, first, c->nr, key);
}

/* What older nodes say of the devices that have a part in the hole. */
static uint32_t judge_lineage(const struct candidates *c, uint32_t where, uint32_t hole)
{
	size_t nr_seen, nr_shares, nr_both = 0, k = 0;
	const struct lineage_seen *seen = lineage_of(&c->lineage, where, &nr_seen);
	const struct share *shares = shares_of(&c->shares, hole, &nr_shares);
	enum lineage_weight most = LINEAGE_NONE;

	/* Both are sorted by device. */
	for (size_t i = 0; i < nr_seen; i++) {
		while (k < nr_shares && shares[k].device < seen[i].device)
			k++;
		if (k == nr_shares || shares[k].device != seen[i].device)
			continue;
		nr_both++;
		most = seen[i].weight > most ? seen[i].weight : most;
	}
	if (!nr_both)
		return 0;
	/* Devices that had it as well may have it now. */
	return (uint32_t)((most == LINEAGE_ALIKE ? WORTH_ALIKE : WORTH_SEEN) * nr_both / nr_seen);
}

/* A node that one device alone has; what is shared already was written by whoever. */
static uint32_t judge_era(const struct candidates *c, const struct candidate *k, uint32_t hole)
{
	size_t nr;
	const struct share *shares = shares_of(&c->shares, hole, &nr);
	const struct salvage_device *d = nr == 1 && !k->shared ?
		&c->s->devices[shares->device] : NULL;

	return d && d->has_details ? era_fit(&k->era, &d->device, WORTH_ERA) : 0;
}

static uint32_t judge_number(const struct candidates *c, uint32_t where, uint32_t hole)
{
	uint64_t of = c->s->holes[hole].was;
	uint64_t distance = of > where ? of - where : where - of;

	return of < c->s->scan.nr_blocks && distance < NEAR ?
		part(NEAR - distance, NEAR, WORTH_NEAR) : 0;
}

static bool is_in_use(const struct thin_salvage *s, uint64_t where)
{
	return scan_node(&s->scan, where, SCAN_MAPPINGS) && bits_has(&s->reached, where);
}

/* What is in use next to it was written for the same device, if that has the hole alone. */
static uint32_t judge_neighbours(const struct candidates *c, const struct candidate *k,
				 uint32_t hole)
{
	const struct thin_salvage *s = c->s;
	uint32_t nr_own = 0, nr = 0;
	size_t nr_shares;
	const struct share *shares = shares_of(&c->shares, hole, &nr_shares);

	if (nr_shares != 1 || k->shared)
		return 0;
	for (uint32_t i = 1; i < NEAR && nr < MOST_NEIGHBOURS; i++) {
		uint64_t sides[] = { k->where + i, k->where > i ? k->where - i : 0 };

		for (unsigned n = 0; n < 2; n++) {
			bool hinted = sides[n] < s->scan.nr_blocks && c->nr_hinted[sides[n]];

			if (!hinted && !is_in_use(s, sides[n]))
				continue;
			nr++;
			nr_own += hinted ? remains_has_hint(&s->holes[hole], (uint32_t)sides[n]) :
					   s->owners[sides[n]] == shares->device;
		}
	}
	return part(nr_own, nr, WORTH_OWN);
}

/* What devices share is from before the snapshot that made them share it. */
static bool may_share(const struct candidates *c, uint32_t where, uint32_t hole)
{
	size_t nr;
	const struct share *shares = shares_of(&c->shares, hole, &nr);

	for (size_t i = 0; i < nr; i++) {
		const struct salvage_device *d = &c->s->devices[shares[i].device];

		if (d->has_details &&
		    c->s->scan.blocks[where].time >= d->device.snapshotted_time)
			return false;
	}
	return nr;
}

struct solve_item candidates_item(const struct candidates *c, size_t i, uint32_t hole)
{
	const struct candidate *k = &c->all[i];
	const struct scan_block *b = &c->s->scan.blocks[k->where];
	bool hinted = remains_has_hint(&c->s->holes[hole], k->where);

	/* Others name it. */
	if (!hinted && !k->shared && c->nr_hinted[k->where] >= k->left)
		return (struct solve_item){ .worth = 0 };
	if (k->shared && !hinted && (!may_share(c, k->where, hole) ||
			  (!k->three && c->s->holes[hole].device != SALVAGE_NONE &&
			   !judge_lineage(c, k->where, hole))))
		return (struct solve_item){ .worth = 0 };
	return (struct solve_item){
		.first = b->first, .last = b->top, .nr = b->nr_below, .name = (uint32_t)i,
		.worth = k->worth + judge_lineage(c, k->where, hole) +
			 judge_era(c, k, hole) + judge_number(c, k->where, hole) +
			 judge_neighbours(c, k, hole) +
			 (hinted ? WORTH_HINT : 0),
	};
}

bool candidates_is_guess(const struct candidates *c, size_t i)
{
	return c->all[i].shared && !c->all[i].three;
}

bool candidates_is_common(const struct candidates *c, size_t i)
{
	return c->all[i].shared && salvage_nr_found(c->s, c->all[i].where) >= COMMON;
}

bool candidates_is_seen(const struct candidates *c, size_t i, uint32_t hole)
{
	return judge_lineage(c, c->all[i].where, hole) > 0 ||
	       remains_has_hint(&c->s->holes[hole], c->all[i].where);
}

void candidates_take(struct candidates *c, size_t i, uint32_t hole)
{
	size_t nr;
	const struct share *shares = shares_of(&c->shares, hole, &nr);

	for (size_t k = 0; k < nr; k++)
		c->shares.of[shares[k].device].found += c->s->scan.blocks[c->all[i].where].nr_below;
	c->all[i].left--;
	c->nr_hinted[c->all[i].where] -= remains_has_hint(&c->s->holes[hole], c->all[i].where);
}

int candidates_review(struct candidates *c, uint64_t low, uint64_t last)
{
	int r = 0;

	for (size_t i = 0; i < c->nr && !r; i++) {
		struct candidate *k = &c->all[i];
		enum fit fit;

		if (!k->by_fit || !k->left || k->first > last ||
		    c->s->scan.blocks[k->where].top < low || bits_has(&c->s->reached, k->where))
			continue;
		/* What there is no time for is not taken. */
		fit = FIT_BAD;
		if (c->nr_reviewed++ < MOST_REVIEWED)
			r = fit_judge(c->s, k->where, &fit);
		if (fit == FIT_BAD)
			k->left = 0;
	}
	return r;
}
