/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/graft.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "thin/adopt.h"
#include "thin/candidates.h"
#include "thin/exchange.h"
#include "thin/graft_roots.h"
#include "thin/remains.h"
#include "thin/solve.h"
#include "thin/trees.h"

enum {
	/* So much less may be spoken for if numbers are right in return. */
	SLACK = WORTH_KNOWN + WORTH_SEEN / 2,
	/* With more holes than that, each is looked at once only. */
	MANY_HOLES = 64,
	/* So often others are tried in the place of what must not stand there. */
	MOST_BARRED = 3,
	/* Behind so many pairs of a hole and a node, only nodes so near in number count. */
	MOST_PAIRS = 1 << 25,
	NEAR = 256,
};

/* How sure the choice for a hole is. */
enum sureness { UNSURE, ADDS_UP, ADDS_UP_ONLY_SO };

/* What may go into one hole. */
struct choice {
	uint32_t hole;
	bool closed;
	struct solve solve;
};

struct graft {
	struct thin_salvage *s;
	struct orphans *orphans;
	struct candidates c;
	struct choice *choices;
	size_t nr_choices;
	uint64_t nr_pairs;		/* of a hole and a candidate, that were looked at */
	struct solve_item *items;	/* room for all candidates */
};

static bool has_room(const struct thin_salvage *s, const struct hole *h,
		     const struct solve_item *item)
{
	size_t i = h->nr_pieces;

	if (item->first < h->span.low || item->last > h->span.last)
		return false;
	/* Pieces do not overlap, so it is the last that begins before the end. */
	if (item->last < UINT64_MAX)
		i = scan_find(&s->scan, h->pieces, i, item->last + 1);
	return !i || salvage_piece_last(s, h, i - 1) < item->first;
}

static bool is_near(const struct hole *h, uint32_t where)
{
	return h->was + NEAR - where <= 2 * NEAR || remains_has_hint(h, where);
}

/* Lists what might go into a hole and chooses among it. */
static int solve(struct graft *g, struct choice *c)
{
	struct thin_salvage *s = g->s;
	const struct hole *h = &s->holes[c->hole];
	bool exact;

	c->solve = (struct solve){
		.items = g->items, .slack = SLACK, .nr_others = g->nr_choices,
		.wanted = shares_wanted(&g->c.shares, s, c->hole, &exact),
	};
	c->solve.only_most = !exact || g->c.height;
	for (size_t i = candidates_from(&g->c, h->span.low); i < g->c.nr; i++) {
		struct solve_item item;

		if (g->c.all[i].first > h->span.last)
			break;
		if (!g->c.all[i].left || g->c.all[i].barred == c->hole + 1 ||
		    (g->nr_pairs++ > MOST_PAIRS && !is_near(h, g->c.all[i].where)))
			continue;
		item = candidates_item(&g->c, i, c->hole);
		if (item.worth && item.nr <= c->solve.wanted && has_room(s, h, &item))
			c->solve.items[c->solve.nr++] = item;
	}
	return solve_run(&c->solve);
}

static enum sureness sureness_of(const struct solve *s)
{
	if (!s->exact || s->only_most || !s->sum)
		return UNSURE;
	return s->unique ? ADDS_UP_ONLY_SO : ADDS_UP;
}

static int add_piece(struct graft *g, struct hole *h, uint32_t candidate)
{
	const struct scan_block *blocks = g->s->scan.blocks;
	uint32_t where = g->c.all[candidate].where;
	size_t i = h->nr_pieces;
	int r = salvage_room(&h->pieces, &h->room_pieces, h->nr_pieces, sizeof(*h->pieces));

	if (r)
		return r;
	while (i && blocks[h->pieces[i - 1]].first > blocks[where].first)
		i--;
	memmove(h->pieces + i + 1, h->pieces + i, (h->nr_pieces - i) * sizeof(*h->pieces));
	h->pieces[i] = where;
	h->nr_pieces++;
	candidates_take(&g->c, candidate, (uint32_t)(h - g->s->holes));
	return 0;
}

/* Are there more holes that the node might as well be in than pointers to it? */
static bool is_contested(struct graft *g, const struct choice *c, const struct solve_item *item)
{
	uint32_t left = g->c.all[item->name].left;

	for (size_t i = 0; i < g->nr_choices; i++) {
		const struct choice *other = &g->choices[i];
		bool exact;

		if (other->hole == c->hole || other->closed)
			continue;
		if (has_room(g->s, &g->s->holes[other->hole], item) &&
		    item->nr <= shares_wanted(&g->c.shares, g->s, other->hole, &exact) &&
		    !--left)
			return true;
	}
	return false;
}

/* Goes down from a new piece of a hole; the next piece says where it ends. */
static int reach_piece(struct graft *g, uint32_t hole, uint32_t where)
{
	struct thin_salvage *s = g->s;
	const struct hole *h = &s->holes[hole];
	struct span below = { s->scan.blocks[where].first, h->span.last };
	size_t nr_shares, nr_holes = s->nr_holes;
	const struct share *share = shares_of(&g->c.shares, hole, &nr_shares);
	size_t i = scan_find(&s->scan, h->pieces, h->nr_pieces, below.low) + 1;
	int r;

	if (i < h->nr_pieces)
		below.last = s->scan.blocks[h->pieces[i]].first - 1;
	s->reaching = nr_shares ? share->device : SALVAGE_NONE;
	ledger_take(&s->ledger.metadata, where);
	r = trees_reach(s, where, below);
	for (; nr_holes < s->nr_holes && !r; nr_holes++)
		if (s->holes[nr_holes].span.last == below.last)
			bits_add(&s->open, where);
	return r;
}

static bool is_likely(struct graft *g, const struct choice *c, const struct solve_item *item)
{
	return item->worth >= WORTH_ALIKE + WORTH_KNOWN ||
	       candidates_is_seen(&g->c, item->name, c->hole) ||
	       candidates_is_common(&g->c, item->name) ||
	       (!candidates_is_guess(&g->c, item->name) && !is_contested(g, c, item));
}

/*
 * Puts into the hole what was chosen; if that is unsure, only what something
 * speaks for.  *@barred: there is more, which is not tried there again.
 */
static int use(struct graft *g, struct choice *c, bool all, bool *barred)
{
	struct span span = g->s->holes[c->hole].span;
	bool any = false;
	int r = 0;

	*barred = false;
	for (size_t i = 0; i < c->solve.nr && !r; i++) {
		struct solve_item *item = &c->solve.items[i];

		if (item->chosen && !all && !is_likely(g, c, item)) {
			item->chosen = false;
			g->c.all[item->name].barred = c->hole + 1;
			*barred = true;
		}
		if (item->chosen)
			r = add_piece(g, &g->s->holes[c->hole], item->name);
		any = any || item->chosen;
	}
	for (size_t i = 0; i < c->solve.nr && !r; i++)
		if (c->solve.items[i].chosen)
			r = reach_piece(g, c->hole, g->c.all[c->solve.items[i].name].where);
	return r || !any ? r : candidates_review(&g->c, span.low, span.last);
}

/* Fills all holes for which numbers add up, the surest first. */
static int fill_sure(struct graft *g)
{
	bool many = g->nr_choices > MANY_HOLES, barred;
	int r = 0;

	for (;;) {
		struct choice *best = NULL;
		enum sureness most = UNSURE;

		for (size_t i = 0; i < g->nr_choices && !r; i++) {
			struct choice *c = &g->choices[i];
			enum sureness sure;

			if (c->closed)
				continue;
			r = solve(g, c);
			sure = sureness_of(&c->solve);
			if (sure > most || (sure == most && sure &&
					    c->solve.worth > best->solve.worth)) {
				best = c;
				most = sure;
			}
			if (many && sure)
				break;
		}
		if (r || !best)
			return r;
		r = solve(g, best);
		r = r ? r : use(g, best, true, &barred);
		best->closed = true;
	}
}

/* In the end, what is not as good may stand where the best must not. */
static int fill_likely(struct graft *g, struct choice *c, unsigned round)
{
	bool again = true;
	int r = 0;

	for (size_t i = 0; i < g->c.nr; i++)
		if (g->c.all[i].barred == c->hole + 1)
			g->c.all[i].barred = 0;
	for (unsigned i = 0; i <= round * MOST_BARRED && again && !r; i++) {
		r = solve(g, c);
		r = r ? r : use(g, c, false, &again);
	}
	return r;
}

static int fill_unsure(struct graft *g)
{
	int r = 0;

	/* What is seen to belong somewhere leaves less doubt about the rest. */
	for (unsigned round = 0; round < 3 && !r; round++)
		for (size_t i = 0; i < g->nr_choices && !r; i++) {
			struct choice *c = &g->choices[i];

			if (c->closed)
				continue;
			r = fill_likely(g, c, round);
		}
	return r;
}

static int list_holes(struct graft *g)
{
	struct thin_salvage *s = g->s;

	free(g->choices);
	g->choices = alloc_array(s->nr_holes, sizeof(*g->choices));
	g->nr_choices = 0;
	if (!g->choices)
		return -ENOMEM;
	for (size_t i = 0; i < s->nr_holes; i++) {
		const struct hole *h = &s->holes[i];

		if (h->height == SALVAGE_NONE ? h->device != SALVAGE_NONE :
						h->height > g->c.height)
			g->choices[g->nr_choices++].hole = (uint32_t)i;
	}
	return 0;
}

/* Finds places for all nodes of one height. */
static int fill_level(struct graft *g, uint32_t height)
{
	int r = exchange_find_hints(g->orphans, height);

	r = r ? r : candidates_find(&g->c, g->orphans, height);
	if (!r && g->c.nr) {
		g->items = alloc_array(g->c.nr, sizeof(*g->items));
		r = g->items ? list_holes(g) : -ENOMEM;
		r = r ? r : fill_sure(g);
		r = r ? r : fill_unsure(g);
		free(g->items);
	}
	candidates_exit(&g->c);
	return r;
}

static uint64_t sum_pieces(const struct thin_salvage *s, const struct hole *h)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < h->nr_pieces; i++)
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

/* A lost root was as high as what was found below it, and one more. */
static int finish_hole(struct graft *g, size_t index)
{
	struct thin_salvage *s = g->s;
	struct hole *h = &s->holes[index];

	if (h->height == SALVAGE_NONE && h->device != SALVAGE_NONE) {
		h->height = 0;
		for (size_t i = 0; i < h->nr_pieces; i++)
			if (s->scan.blocks[h->pieces[i]].height >= h->height)
				h->height = s->scan.blocks[h->pieces[i]].height + 1u;
	}
	if (h->nr_pieces)
		return mark_pieces(s, h);
	return h->height || h->device == SALVAGE_NONE ? 0 :
		graft_use_older_root(g->orphans, index);
}

int graft_all(struct thin_salvage *s, const struct census *older)
{
	struct orphans o;
	struct graft g = { .s = s, .orphans = &o };
	int r = orphans_init(&o, s, older);

	if (!r && !s->mapping_root && !s->details_root)
		r = adopt_trees(&o);
	r = r ? r : graft_roots(&o);
	/* With a metadata snapshot, what is counted may be its own. */
	if (!r && s->all_older && !s->opts.has_mapping_root && !s->scan.held.count)
		r = adopt_named(&o);
	if (!r && s->nr_holes)
		r = lineage_find(&g.c.lineage, s, older);
	for (uint32_t height = SCAN_MAX_HEIGHT; height-- && !r && s->nr_holes;)
		r = fill_level(&g, height);
	for (size_t i = 0; i < s->nr_holes && !r; i++)
		r = finish_hole(&g, i);
	lineage_exit(&g.c.lineage);
	free(g.choices);
	orphans_exit(&o);
	return r;
}
