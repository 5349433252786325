/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/orphans.h"

#include <stddef.h>
#include <string.h>

#include "base/alloc.h"

/* Of so many inner nodes it is looked for what they are copies of, and so many are read. */
#define MOST_COPIES 1024u
#define MOST_READ (1u << 16)

/* Do both have the same content, as it was before anything was changed? */
static bool is_same(struct thin_salvage *s, uint64_t a, uint64_t b)
{
	const size_t from = offsetof(struct node_header_disk, nr_entries);
	char *x = alloc_blocks(1), *y = alloc_blocks(1);
	bool same = x && y && !engine_read(s->overlay.below, x, a, 1) &&
		    !engine_read(s->overlay.below, y, b, 1) &&
		    !memcmp(x + from, y + from, META_BLOCK_SIZE - from);

	free(x);
	free(y);
	return same;
}

/*
 * No two inner nodes have the same content, for one that is made of another is
 * changed at once.  So what is in use elsewhere is a stray copy here.
 */
static bool is_copy(struct thin_salvage *s, uint64_t where, uint32_t *nr_read)
{
	const struct scan_block *b = &s->scan.blocks[where];

	for (uint64_t other = 1; other < s->scan.nr_blocks; other++) {
		const struct scan_block *c = &s->scan.blocks[other];

		/* What has the same children has the same below. */
		if (c->inner && c->nr == b->nr && c->first == b->first && c->last == b->last &&
		    c->nr_below == b->nr_below && other != where && bits_has(&s->reached, other) &&
		    (*nr_read)++ < MOST_READ && is_same(s, where, other))
			return true;
	}
	return false;
}

static int gather(struct orphans *o)
{
	struct thin_salvage *s = o->s;
	size_t room = 0, nr_inner = 0;
	uint32_t nr_read = 0;

	for (uint64_t where = 1; where < s->scan.nr_blocks; where++) {
		const struct scan_block *b = orphans_node(s, where);

		if (!b || !b->nr || (!salvage_is_missed(s, where) && !salvage_is_shared(s, where)))
			continue;
		if (b->height && !bits_has(&s->reached, where) && nr_inner++ < MOST_COPIES &&
		    is_copy(s, where, &nr_read))
			continue;
		if (salvage_room(&o->nodes, &room, o->nr_nodes, sizeof(*o->nodes)))
			return -ENOMEM;
		o->nodes[o->nr_nodes++] = (uint32_t)where;
	}
	scan_sort(&s->scan, o->nodes, o->nr_nodes);
	return 0;
}

/* Adds the children of an inner node to @set, or to @again if they are there already. */
static int add_children(struct orphans *o, uint64_t where, struct bits *set, struct bits *again)
{
	struct node n;
	int r = salvage_read(o->s, where, sizeof(__le64), 0, &n);

	if (r || n.leaf)
		return r;
	for (uint32_t i = 0; i < n.nr_entries; i++)
		if (node_value64(&n, i) < set->nr && !bits_add(set, node_value64(&n, i)) && again)
			bits_add(again, node_value64(&n, i));
	return 0;
}

static int find_below(struct orphans *o)
{
	int r = 0;

	for (size_t i = 0; i < o->nr_nodes && !r; i++)
		if (o->s->scan.blocks[o->nodes[i]].height)
			r = add_children(o, o->nodes[i], &o->below, &o->shared);
	return r;
}

int orphans_init(struct orphans *o, struct thin_salvage *s, const struct census *older)
{
	int r;

	*o = (struct orphans){ .s = s, .older = older };
	r = bits_init(&o->below, s->scan.nr_blocks);
	r = r ? r : bits_init(&o->shared, s->scan.nr_blocks);
	r = r ? r : bits_init(&o->kin, s->scan.nr_blocks);
	r = r ? r : gather(o);
	return r ? r : find_below(o);
}

void orphans_exit(struct orphans *o)
{
	bits_exit(&o->below);
	bits_exit(&o->shared);
	bits_exit(&o->kin);
	free(o->nodes);
}

int orphans_find_kin(struct orphans *o, uint32_t dev_id)
{
	const struct census *c = o->older;
	int r = 0;

	bits_clear(&o->kin);
	for (size_t i = census_find_root(c, dev_id);
	     i < c->nr_roots && c->roots[i].dev_id == dev_id && !r; i++) {
		const struct scan_block *b = orphans_node(o->s, c->roots[i].root);

		if (b && b->height)
			r = add_children(o, c->roots[i].root, &o->kin, NULL);
	}
	return r;
}

uint32_t orphans_count_kin(struct orphans *o, uint32_t where)
{
	struct node n;
	uint32_t nr = 0;

	if (!o->kin.count || !o->s->scan.blocks[where].height ||
	    salvage_read(o->s, where, sizeof(__le64), 0, &n))
		return 0;
	for (uint32_t i = 0; i < n.nr_entries; i++)
		nr += bits_has(&o->kin, node_value64(&n, i));
	return nr;
}
