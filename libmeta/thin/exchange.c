/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/exchange.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "thin/remains.h"
#include "thin/trees.h"

/* More than so many nodes are not compared with holes. */
#define MOST_COMPARED (1u << 22)

struct exchange {
	struct orphans *o;
	uint32_t nr_compared;
	uint32_t *by_was;		/* by block: a hole that was there, plus one */
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

/* The node whose contents were in @h, where @n is now; 0 if it cannot be said. */
static uint32_t find(struct exchange *e, const struct hole *h, const struct node *n)
{
	struct thin_salvage *s = e->o->s;
	uint32_t counted = 0, nr_counted = 0;

	if (e->o->nr_nodes > MOST_COMPARED - e->nr_compared)
		return 0;
	e->nr_compared += (uint32_t)e->o->nr_nodes;
	for (size_t i = 0; i < e->o->nr_nodes; i++) {
		uint32_t where = e->o->nodes[i];

		if (bits_has(&s->reached, where) || !fits(s, where, h))
			continue;
		if (is_from(e, n, where))
			return where;
		if (ledger_missing(&s->ledger.metadata, where) > 0) {
			counted = where;
			nr_counted++;
		}
	}
	return nr_counted == 1 && h->height != SALVAGE_NONE ? counted : 0;
}

static int find_hints(struct exchange *e, struct hole *h)
{
	struct thin_salvage *s = e->o->s;
	uint32_t where;
	struct node n;

	if (!h->height || h->nr_hints || h->was >= s->scan.nr_blocks ||
	    salvage_read(s, h->was, sizeof(__le64), 0, &n))
		return 0;
	where = find(e, h, &n);
	return !where ? 0 : h->height == SALVAGE_NONE ? remains_add_hint(h, where) :
			    remains_take_hints(s, h, where);
}

int exchange_find_hints(struct orphans *o)
{
	struct thin_salvage *s = o->s;
	struct exchange e = { .o = o, .by_was = alloc_array(s->scan.nr_blocks, sizeof(uint32_t)) };
	int r = e.by_was ? 0 : -ENOMEM;

	for (size_t i = 0; i < s->nr_holes && !r; i++)
		if (s->holes[i].was < s->scan.nr_blocks)
			e.by_was[s->holes[i].was] = (uint32_t)i + 1;
	for (size_t i = 0; i < s->nr_holes && !r; i++)
		r = find_hints(&e, &s->holes[i]);
	free(e.by_was);
	return r;
}
