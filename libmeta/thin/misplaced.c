/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/misplaced.h"

#include <stdlib.h>

#include "base/alloc.h"

/* So many with the same keys are held against one. */
#define MOST_ALIKE 256u

struct search {
	struct thin_salvage *s;
	const struct walk *walk;
	struct refs *claims;
	struct bits found, told;
	uint32_t *leaves;		/* in use, by first key */
	size_t nr_leaves;
};

/* A leaf as it was found on the disk. */
static const struct scan_block *leaf_at(const struct search *c, uint64_t where)
{
	const struct scan_block *b = scan_node(&c->s->scan, where, SCAN_MAPPINGS);

	return b && !b->height && b->nr && bits_has(&c->s->reached, where) &&
	       !bits_has(&c->s->overlay.has, where) &&
	       walk_is(c->walk, where, KIND_MAPPING, 0) ? b : NULL;
}

static int gather(struct search *c)
{
	struct thin_salvage *s = c->s;
	size_t room = 0;

	for (uint64_t where = 1; where < s->scan.nr_blocks; where++) {
		if (!leaf_at(c, where))
			continue;
		if (salvage_room(&c->leaves, &room, c->nr_leaves, sizeof(*c->leaves)))
			return -ENOMEM;
		c->leaves[c->nr_leaves++] = (uint32_t)where;
	}
	scan_sort(&s->scan, c->leaves, c->nr_leaves);
	return 0;
}

/* Would nothing be odd about leaf @which in the place of @where? */
static bool fits(struct search *c, uint64_t which, uint64_t where)
{
	uint32_t least = c->walk->spans[where].least;
	struct node n;

	if (salvage_read(c->s, which, sizeof(__le64), 0, &n))
		return false;
	for (uint32_t i = 0; i < n.nr_entries; i++) {
		uint64_t block = thin_mapping_block(node_value64(&n, i));

		if (thin_mapping_time(node_value64(&n, i)) >= least && block < c->claims->nr &&
		    refs_get(c->claims, block) < -1)
			return false;
	}
	return true;
}

static int tell(struct search *c, uint64_t where, uint64_t other)
{
	struct thin_finding f = {
		.code = other ? THIN_FINDING_EXCHANGED : THIN_FINDING_MISPLACED, .where = where,
		.nr = c->s->scan.blocks[where].nr, .found = other,
	};

	return bits_add(&c->told, where) ? salvage_mark(c->s, where, &f) : 0;
}

static int look_at(struct search *c, uint64_t where)
{
	const struct scan_block *blocks = c->s->scan.blocks;
	uint64_t first = blocks[where].first;
	size_t from = scan_find(&c->s->scan, c->leaves, c->nr_leaves, first);
	int r = tell(c, where, 0);

	for (size_t i = from; i < c->nr_leaves && !r; i++) {
		uint32_t other = c->leaves[i];

		if (blocks[other].first != first || i - from == MOST_ALIKE)
			break;
		if (!bits_has(&c->found, other) && fits(c, other, where) && fits(c, where, other))
			r = tell(c, other, where);
	}
	return r;
}

int misplaced_find(struct thin_salvage *s, const struct walk *walk, struct refs *claims,
		   const struct fault_sink *sink)
{
	struct search c = { .s = s, .walk = walk, .claims = claims };
	int r = bits_init(&c.found, s->scan.nr_blocks);

	r = r ? r : bits_init(&c.told, s->scan.nr_blocks);
	for (size_t i = 0; i < sink->nr && !r; i++)
		if (sink->faults[i].code == FAULT_MAPPING_SHARED &&
		    leaf_at(&c, sink->faults[i].where))
			bits_add(&c.found, sink->faults[i].where);
	if (!r && c.found.count)
		r = gather(&c);
	for (uint64_t where = r ? c.found.nr : bits_next(&c.found, 0); where < c.found.nr && !r;
	     where = bits_next(&c.found, where + 1))
		r = look_at(&c, where);
	free(c.leaves);
	bits_exit(&c.found);
	bits_exit(&c.told);
	return r;
}
