/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/exchange.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "thin/remains.h"
#include "thin/trees.h"

/* More than so many nodes are not compared with holes; reading one costs as much as so many. */
#define MOST_COMPARED (1u << 22)
#define COMPARED_READ 64u
/* In place of a hole: the node that is there now has been found to be another's. */
#define CLAIMED UINT32_MAX

struct exchange {
	struct orphans *o;
	uint32_t height;		/* of the children that are looked for */
	uint32_t nr_compared;
	uint32_t *by_was;		/* by block: a hole that was there, plus one */
	uint32_t *inner;		/* nodes that nothing reaches */
	size_t nr_inner;
};

/* Can the node @where be what was in @h? */
static bool fits(const struct thin_salvage *s, uint64_t where, const struct hole *h)
{
	const struct scan_block *b = &s->scan.blocks[where];

	if (h->height == SALVAGE_NONE)
		return b->height;
	return b->first == h->span.low && b->top <= h->span.last &&
	       trees_is_usable(s, where, h->height, h->span);
}

/* Would @n, which stands in the place of a hole, be right where block @where is? */
static bool is_from(const struct exchange *e, const struct node *n, uint32_t where)
{
	const struct hole *h = e->by_was[where] ? &e->o->s->holes[e->by_was[where] - 1] : NULL;

	return h && n->nr_entries && n->leaf == !h->height && node_key(n, 0) >= h->span.low &&
	       node_key(n, n->nr_entries - 1) <= h->span.last;
}

/* How many children of the node @where are missed; 0 if all pointers to one were found. */
static uint32_t count_missed(struct exchange *e, uint32_t where)
{
	struct thin_salvage *s = e->o->s;
	uint32_t nr = 0;
	struct node n;

	e->nr_compared += COMPARED_READ;
	if (salvage_read(s, where, sizeof(__le64), 1, &n))
		return 0;
	for (uint32_t i = 0; i < n.nr_entries; i++) {
		uint64_t child = node_value64(&n, i);

		if (ledger_missing(&s->ledger.metadata, child) > 0)
			nr++;
		else if (ledger_knows(&s->ledger.metadata, child) && orphans_node(s, child))
			return 0;
	}
	return nr;
}

/*
 * The node whose contents were in @h: where @n came from, which is there now; or,
 * without @n, the one that reaches as far as can be and whose children are missed,
 * even if nothing pointed to its block before.  0 if it cannot be said.
 */
static uint32_t find(struct exchange *e, const struct hole *h, const struct node *n)
{
	const struct scan_block *blocks = e->o->s->scan.blocks;
	uint32_t best = 0, most = 0;

	for (size_t i = 0; i < e->nr_inner && e->nr_compared++ < MOST_COMPARED; i++) {
		uint32_t where = e->inner[i], nr;

		if (e->by_was[where] == CLAIMED || !fits(e->o->s, where, h))
			continue;
		if (n && is_from(e, n, where))
			return where;
		nr = n || h->height == SALVAGE_NONE ? 0 : count_missed(e, where);
		if (nr && (!best || blocks[where].top > blocks[best].top ||
			   (blocks[where].top == blocks[best].top && nr > most))) {
			best = where;
			most = nr;
		}
	}
	return best;
}

static int find_hints(struct exchange *e, struct hole *h, bool is_sure)
{
	struct thin_salvage *s = e->o->s;
	uint32_t where;
	struct node n;

	if (!h->height || h->nr_hints || h->was >= s->scan.nr_blocks ||
	    (h->height != SALVAGE_NONE && h->height != e->height + 1))
		return 0;
	if (is_sure && salvage_read(s, h->was, sizeof(__le64), 0, &n))
		return 0;
	where = find(e, h, is_sure ? &n : NULL);
	if (!where)
		return 0;
	e->by_was[where] = CLAIMED;
	return h->height == SALVAGE_NONE ? remains_add_hint(h, where) :
					   remains_take_hints(s, h, where);
}

static void list(struct exchange *e)
{
	struct thin_salvage *s = e->o->s;

	for (uint32_t where = 1; where < s->scan.nr_blocks; where++) {
		const struct scan_block *b = orphans_node(s, where);

		if (b && b->height && !bits_has(&s->reached, where))
			e->inner[e->nr_inner++] = where;
	}
	for (size_t i = 0; i < s->nr_holes; i++)
		if (s->holes[i].was < s->scan.nr_blocks)
			e->by_was[s->holes[i].was] = (uint32_t)i + 1;
}

int exchange_find_hints(struct orphans *o, uint32_t height)
{
	struct thin_salvage *s = o->s;
	struct exchange e = {
		.o = o, .height = height,
		.by_was = alloc_array(s->scan.nr_blocks, sizeof(uint32_t)),
		.inner = alloc_array(s->scan.nr_blocks, sizeof(uint32_t)),
	};
	int r = e.by_was && e.inner ? 0 : -ENOMEM;

	if (!r)
		list(&e);
	for (size_t i = 0; i < 2 * s->nr_holes && !r; i++)
		r = find_hints(&e, &s->holes[i % s->nr_holes], i < s->nr_holes);
	free(e.by_was);
	free(e.inner);
	return r;
}
