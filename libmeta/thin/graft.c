/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/graft.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "thin/graft_roots.h"
#include "thin/trees.h"

/* What a node has at most. */
#define MOST_PIECES 252u

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

/* May node @where be below hole @h? */
static bool is_piece(struct orphans *o, const struct hole *h, uint32_t where)
{
	const struct scan_block *b = orphans_node(o->s, where);

	return b && b->height + 1u == h->height && b->first >= h->span.low &&
	       b->top <= h->span.last && salvage_is_missed(o->s, where) &&
	       !(h->device != SALVAGE_NONE && bits_has(&o->below, where));
}

/* Puts @where among the pieces, unless one of them has some of its keys. */
static bool add_piece(struct orphans *o, struct hole *h, uint32_t where)
{
	const struct scan_block *blocks = o->s->scan.blocks, *b = &blocks[where];
	uint32_t i = h->nr_pieces;

	if (h->nr_pieces == MOST_PIECES)
		return false;
	while (i && blocks[h->pieces[i - 1]].first > b->first)
		i--;
	if ((i && blocks[h->pieces[i - 1]].top >= b->first) ||
	    (i < h->nr_pieces && blocks[h->pieces[i]].first <= b->top))
		return false;
	memmove(h->pieces + i + 1, h->pieces + i, (h->nr_pieces - i) * sizeof(*h->pieces));
	h->pieces[i] = where;
	h->nr_pieces++;
	return true;
}

/* How high a lost root was: as high as the highest of its kin, or of all. */
static uint32_t guess_height(struct orphans *o, uint64_t most)
{
	const struct scan_block *blocks = o->s->scan.blocks;
	uint32_t height[2] = { 0, 0 };

	for (size_t i = 0; i < o->nr_nodes; i++) {
		uint32_t where = o->nodes[i];
		bool kin = bits_has(&o->kin, where);

		if (!orphans_is_root(o, where) || blocks[where].nr_below > most)
			continue;
		if (blocks[where].height + 1u > height[kin])
			height[kin] = blocks[where].height + 1u;
	}
	return height[1] ? height[1] : height[0];
}

/* At most so many mappings are missing from the tree of a lost root. */
static uint64_t most_of(const struct orphans *o, const struct hole *h)
{
	if (h->device == SALVAGE_NONE)
		return UINT64_MAX;
	return o->s->devices[h->device].said;
}

static size_t choose(struct orphans *o, const struct hole *h, uint64_t most)
{
	size_t nr = 0;

	for (size_t i = 0; i < o->nr_nodes; i++)
		if (is_piece(o, h, o->nodes[i]) &&
		    o->s->scan.blocks[o->nodes[i]].nr_below <= most)
			o->choice[nr++] = o->nodes[i];
	orphans_sort(o, o->choice, nr);
	return nr;
}

static uint64_t sum_pieces(const struct thin_salvage *s, const struct hole *h)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < h->nr_pieces; i++)
		sum += s->scan.blocks[h->pieces[i]].nr_below;
	return sum;
}

static int mark_pieces(struct thin_salvage *s, const struct hole *h)
{
	const struct scan_block *blocks = s->scan.blocks;
	struct thin_finding f = {
		.code = THIN_FINDING_ATTACHED, .where = h->where, .nr = sum_pieces(s, h),
		.begin = blocks[h->pieces[0]].first, .end = blocks[h->pieces[h->nr_pieces - 1]].top,
	};

	f.end += f.end != UINT64_MAX;
	return salvage_mark(s, h->where, &f);
}

static int reach_pieces(struct thin_salvage *s, size_t index)
{
	uint32_t *pieces = s->holes[index].pieces;
	uint32_t nr = s->holes[index].nr_pieces;
	struct span span = s->holes[index].span;
	int r = mark_pieces(s, &s->holes[index]);

	for (uint32_t i = 0; i < nr && !r; i++) {
		const struct scan_block *b = &s->scan.blocks[pieces[i]];
		struct span below = { b->first, i + 1 < nr ?
			s->scan.blocks[pieces[i + 1]].first - 1 : span.last };

		ledger_take(&s->ledger.metadata, pieces[i]);
		r = trees_reach(s, pieces[i], below);
	}
	return r;
}

/* The whole tree of an older transaction is better than none. */
static int use_older_root(struct orphans *o, size_t index)
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
	graft_tell_root(o->s, THIN_FINDING_DEVICE_OLDER, d);
	o->s->older = true;
	r = trees_reach(o->s, root, all);
	o->s->older = false;
	return r;
}

static int find_pieces(struct orphans *o, struct hole *h)
{
	uint64_t most = most_of(o, h);
	size_t nr;
	int r = 0;

	bits_clear(&o->kin);
	if (h->device != SALVAGE_NONE) {
		r = orphans_find_kin(o, o->s->devices[h->device].device.dev_id);
		h->height = guess_height(o, most);
	}
	nr = r || !h->height ? 0 : choose(o, h, most);
	if (!nr)
		return r;
	h->pieces = alloc_array(MOST_PIECES + 1, sizeof(*h->pieces));
	if (!h->pieces)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		if (o->s->scan.blocks[o->choice[i]].nr_below <= most &&
		    add_piece(o, h, o->choice[i]))
			most -= most == UINT64_MAX ? 0 :
				o->s->scan.blocks[o->choice[i]].nr_below;
	return 0;
}

static int fill_hole(struct orphans *o, size_t index)
{
	struct hole *h = &o->s->holes[index];
	int r = find_pieces(o, h);

	h->searched = true;
	if (r || h->nr_pieces)
		return r ? r : reach_pieces(o->s, index);
	if (h->device == SALVAGE_NONE)
		return 0;
	h->height = 0;
	return use_older_root(o, index);
}

/* The highest of the holes that were not looked at; roots, whose keys say less, last. */
static size_t next_hole(const struct thin_salvage *s)
{
	size_t best = s->nr_holes;

	for (size_t i = 0; i < s->nr_holes; i++) {
		const struct hole *h = &s->holes[i];

		if (h->searched || !h->height)
			continue;
		if (best == s->nr_holes || (s->holes[best].height == SALVAGE_NONE &&
					    h->height != SALVAGE_NONE) ||
		    (h->height != SALVAGE_NONE && h->height > s->holes[best].height))
			best = i;
	}
	return best;
}

/* Do the children of a root have more pointers than they should, and never were the device's? */
static bool is_impostor(struct orphans *o, const struct salvage_device *d)
{
	const struct scan_block *b = orphans_node(o->s, d->root);
	struct node n;

	if (!b->height || orphans_find_kin(o, d->device.dev_id) ||
	    orphans_count_kin(o, (uint32_t)d->root) ||
	    salvage_read(o->s, d->root, sizeof(__le64), 0, &n))
		return false;
	for (uint32_t i = 0; i < n.nr_entries; i++)
		if (ledger_missing(&o->s->ledger.metadata, node_value64(&n, i)) < 0)
			return o->kin.count;
	return false;
}

/*
 * A sound block in the place of a root, with fewer or more mappings than the
 * details say, or what another one has: if orphans add up to just what the
 * device had, it is the block that is wrong.
 */
static int doubt_root(struct orphans *o, uint32_t index)
{
	struct salvage_device *d = &o->s->devices[index];
	const struct scan_block *b = orphans_node(o->s, d->root);
	struct hole h = { .device = index, .span = { 0, UINT64_MAX } };
	int r;

	if (!b || !b->whole || d->said == UINT64_MAX || !d->said ||
	    (b->nr_below == d->said && !is_impostor(o, d)))
		return 0;
	r = find_pieces(o, &h);
	if (r || sum_pieces(o->s, &h) != d->said) {
		free(h.pieces);
		return r;
	}
	h.where = salvage_number(o->s);
	if (!h.where)
		return -ENOSPC;
	d->root = h.where;
	h.searched = true;
	r = trees_add_hole(o->s, &h);
	return r ? r : reach_pieces(o->s, o->s->nr_holes - 1);
}

int graft_all(struct thin_salvage *s, const struct census *older)
{
	struct orphans o;
	size_t i;
	int r = orphans_init(&o, s, older);

	r = r ? r : graft_roots(&o);
	for (i = 0; i < s->nr_devices && !r && ledger_is_whole(&s->ledger.metadata); i++)
		r = doubt_root(&o, (uint32_t)i);
	while (!r && (i = next_hole(s)) < s->nr_holes)
		r = fill_hole(&o, i);
	orphans_exit(&o);
	return r;
}
