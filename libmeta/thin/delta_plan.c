/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/delta_plan.h"

#include "base/bits.h"
#include "io/engine.h"

enum {
	MOST_ANNOUNCED = 32768,		/* leaves: 128 MiB */
	GAP = 8,			/* blocks that are read along rather than left out */
};

static void advance(struct delta_plan *p, unsigned side)
{
	bool skip = side == DELTA_RIGHT || p->skip_shared;
	struct forest_walk *w = &p->sides[side].walk;
	struct forest_step s;

	for (s = forest_walk_next(w); s.kind != FOREST_STEP_END; s = forest_walk_next(w)) {
		if (s.kind == FOREST_STEP_NODE && skip && p->forest->nodes[s.index].shared)
			forest_walk_skip(w);
		if (s.kind != FOREST_STEP_LEAF)
			continue;
		if (skip && p->forest->leaves[s.index].shared)
			continue;
		p->sides[side].next = s.index;
		return;
	}
	p->sides[side].next = FOREST_NONE;
}

void delta_plan_init(struct delta_plan *p, const struct forest *f,
		     const struct forest_root roots[2], bool skip_shared)
{
	*p = (struct delta_plan){ .forest = f, .skip_shared = skip_shared };
	for (unsigned side = 0; side < 2; side++) {
		forest_walk_init(&p->sides[side].walk, f, roots[side]);
		p->sides[side].last = FOREST_NONE;
		advance(p, side);
	}
}

static void put(struct delta_piece *piece, uint32_t leaf, enum delta_who who)
{
	piece->who[piece->leaves.nr] = (uint8_t)who;
	piece->leaves.index[piece->leaves.nr++] = leaf;
}

/* What was taken last may go on behind where the piece before has ended. */
static void put_rest(const struct delta_plan *p, unsigned side, struct delta_piece *piece)
{
	uint32_t last = p->sides[side].last;

	if (last != FOREST_NONE && p->forest->leaves[last].bounds.last >= piece->begin)
		put(piece, last, p->sides[side].last_who);
}

static uint64_t low_of(const struct delta_plan *p, unsigned side)
{
	return p->forest->leaves[p->sides[side].next].bounds.low;
}

/* The side whose next leaf comes first; 2 if there are no more. */
static unsigned first_side(const struct delta_plan *p)
{
	bool left = p->sides[0].next != FOREST_NONE, right = p->sides[1].next != FOREST_NONE;

	if (!left && !right)
		return 2;
	if (!left || !right)
		return left ? 0 : 1;
	return low_of(p, 0) <= low_of(p, 1) ? 0 : 1;
}

bool delta_plan_take(struct delta_plan *p, struct delta_piece *piece)
{
	unsigned side = first_side(p);

	if (p->ended)
		return false;
	piece->begin = p->begin;
	piece->leaves.nr = 0;
	put_rest(p, 0, piece);
	put_rest(p, 1, piece);
	while (side < 2 && piece->leaves.nr < piece->leaves.most) {
		uint32_t leaf = p->sides[side].next;
		bool both = side == DELTA_LEFT && p->forest->leaves[leaf].shared;

		p->sides[side].last = leaf;
		p->sides[side].last_who = both ? DELTA_BOTH : (enum delta_who)side;
		put(piece, leaf, p->sides[side].last_who);
		advance(p, side);
		side = first_side(p);
	}
	p->ended = side == 2;
	p->begin = p->ended ? UINT64_MAX : low_of(p, side);
	piece->last = p->ended ? UINT64_MAX : p->begin - 1;
	return true;
}

static void announce(struct engine *e, const struct bits *set)
{
	uint64_t begin, end, next;

	for (begin = bits_next(set, 0); begin < set->nr; begin = next) {
		next = begin;
		do {
			end = next + 1;
			next = bits_next(set, end);
		} while (next < set->nr && next - end <= GAP);
		engine_announce(e, begin, end - begin);
	}
}

void delta_plan_announce(const struct delta_plan *p)
{
	const struct forest *f = p->forest;
	struct bits set = { .nr = 0 };

	if (!f->nr_leaves || f->nr_leaves > MOST_ANNOUNCED ||
	    !engine_is_far(f->engine, f->leaves[f->nr_leaves / 2].block))
		return;
	/* Without memory for it all that is lost is time. */
	if (!bits_init(&set, f->nr_blocks)) {
		for (size_t i = 0; i < f->nr_leaves; i++)
			if (!p->skip_shared || !f->leaves[i].shared)
				bits_add(&set, f->leaves[i].block);
		announce(f->engine, &set);
	}
	bits_exit(&set);
}
