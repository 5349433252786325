/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/refill.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static struct node_disk *make_node(struct thin_salvage *s, uint64_t where, uint32_t flags)
{
	struct node_disk *d = overlay_edit(&s->overlay, where);

	if (!d)
		return NULL;
	memset(d, 0, META_BLOCK_SIZE);
	d->header.flags = cpu_to_le32(flags);
	d->header.max_entries = cpu_to_le32(node_max_entries(sizeof(__le64)));
	d->header.value_size = cpu_to_le32(sizeof(__le64));
	block_seal(d, where, NODE_SALT);
	return d;
}

static void put_entry(struct node_disk *d, uint64_t key, uint64_t value)
{
	uint32_t nr = le32_to_cpu(d->header.nr_entries);

	d->keys[nr] = cpu_to_le64(key);
	d->keys[REFILL_MOST + nr] = cpu_to_le64(value);
	d->header.nr_entries = cpu_to_le32(nr + 1);
}

/* Fills the leaf @where with @nr mappings. */
static int make_leaf(struct thin_salvage *s, uint64_t where,
		     const struct refill_entry *entries, size_t nr)
{
	struct node_disk *d = make_node(s, where, NODE_LEAF);

	if (!d)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		put_entry(d, entries[i].key, entries[i].value);
	block_seal(d, where, NODE_SALT);
	return 0;
}

/* What stands in @leaf, and in those that were made behind it, instead of block @lost. */
static int mark_older(struct thin_salvage *s, uint64_t leaf, uint64_t lost,
		      const struct refill_entry *entries, size_t nr)
{
	struct thin_finding f = { .code = THIN_FINDING_OLDER, .where = lost, .nr = nr };

	if (!nr)
		return 0;
	f.begin = entries[0].key;
	f.end = entries[nr - 1].key == UINT64_MAX ? UINT64_MAX : entries[nr - 1].key + 1;
	return salvage_mark(s, leaf, &f);
}

/* One node with one child on each level from @child up to @height. */
static int lift(struct thin_salvage *s, uint64_t *child, uint32_t height, uint64_t key)
{
	for (uint32_t h = 0; h < height; h++) {
		uint64_t where = salvage_number(s);
		struct node_disk *d = where ? make_node(s, where, NODE_INTERNAL) : NULL;

		if (!d)
			return where ? -ENOMEM : -ENOSPC;
		put_entry(d, key, *child);
		block_seal(d, where, NODE_SALT);
		*child = where;
	}
	return 0;
}

int refill_empty(struct thin_salvage *s, uint64_t where, uint32_t height, uint64_t low)
{
	uint64_t child;
	struct node_disk *d;
	int r;

	if (!height)
		return make_node(s, where, NODE_LEAF) ? 0 : -ENOMEM;
	child = salvage_number(s);
	if (!child)
		return -ENOSPC;
	r = make_node(s, child, NODE_LEAF) ? lift(s, &child, height - 1, low) : -ENOMEM;
	d = r ? NULL : make_node(s, where, NODE_INTERNAL);
	if (!d)
		return r ? r : -ENOMEM;
	put_entry(d, low, child);
	block_seal(d, where, NODE_SALT);
	return 0;
}

/* What stands below a node in the making: pieces, and leaves made of older entries. */
struct part {
	uint64_t first;
	uint32_t where;
	uint32_t height;
};

struct parts {
	struct part *all;		/* by first key */
	size_t nr;
};

/* New leaves for entries that belong between two pieces, in place of block @lost. */
static int add_older_leaves(struct thin_salvage *s, struct parts *p, uint64_t lost,
			    const struct refill_entry *entries, size_t nr)
{
	size_t first = p->nr;
	int r = 0;

	for (size_t i = 0; i < nr && !r; i += REFILL_MOST) {
		size_t some = nr - i < REFILL_MOST ? nr - i : REFILL_MOST;
		uint64_t where = salvage_number(s);

		if (!where)
			return -ENOSPC;
		r = make_leaf(s, where, entries + i, some);
		p->all[p->nr++] = (struct part){ entries[i].key, (uint32_t)where, 0 };
	}
	return r || !nr ? r : mark_older(s, p->all[first].where, lost, entries, nr);
}

static int gather(struct thin_salvage *s, const struct hole *h, struct parts *p,
		  const struct refill_entry *entries, size_t nr)
{
	size_t from = 0, end = 0;
	int r = 0;

	p->all = alloc_array(2 * h->nr_pieces + nr / REFILL_MOST + 2, sizeof(*p->all));
	if (!p->all)
		return -ENOMEM;
	for (size_t i = 0; i < h->nr_pieces && !r; i++, from = end) {
		const struct scan_block *b = &s->scan.blocks[h->pieces[i]];

		while (end < nr && entries[end].key < b->first)
			end++;
		r = add_older_leaves(s, p, h->where, entries + from, end - from);
		p->all[p->nr++] = (struct part){ b->first, h->pieces[i], b->height };
	}
	return r ? r : add_older_leaves(s, p, h->where, entries + from, nr - from);
}

/* Makes the node @where of @nr parts. */
static int make_inner(struct thin_salvage *s, uint64_t where, const struct part *parts, size_t nr)
{
	struct node_disk *d = make_node(s, where, NODE_INTERNAL);

	if (!d)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		put_entry(d, parts[i].first, parts[i].where);
	block_seal(d, where, NODE_SALT);
	return 0;
}

/* Puts @nr parts of one height, at @from, below new nodes at @to; says how many in *@made. */
static int heighten_run(struct thin_salvage *s, const struct part *from, size_t nr, struct part *to,
		     size_t *made)
{
	size_t nr_nodes = (nr + REFILL_MOST - 1) / REFILL_MOST, done = 0;
	int r = 0;

	for (size_t i = 0; i < nr_nodes && !r; i++) {
		size_t some = (nr - done) / (nr_nodes - i);
		struct part node = {
			from[done].first, (uint32_t)salvage_number(s), from[done].height + 1,
		};

		if (!node.where)
			return -ENOSPC;
		r = make_inner(s, node.where, from + done, some);
		done += some;
		to[i] = node;
	}
	*made = nr_nodes;
	return r;
}

/* What has @height gets parents, so that all parts are higher. */
static int heighten(struct thin_salvage *s, struct parts *p, uint32_t height)
{
	size_t to = 0, end;
	int r = 0;

	for (size_t i = 0; i < p->nr && !r; i = end) {
		size_t made = 1;

		for (end = i; end < p->nr && p->all[end].height == height; end++)
			;
		if (end > i)
			r = heighten_run(s, p->all + i, end - i, p->all + to, &made);
		else
			p->all[to] = p->all[end++];
		to += made;
	}
	p->nr = to;
	return r;
}

static int make_top(struct thin_salvage *s, const struct hole *h,
		    const struct refill_entry *entries, size_t nr)
{
	struct parts p = { .nr = 0 };
	uint32_t height = 0;
	int r = gather(s, h, &p, entries, nr);

	while (!r && height + 1 < h->height)
		r = heighten(s, &p, height++);
	/* A root may be higher than it was. */
	while (!r && p.nr > REFILL_MOST && h->device != SALVAGE_NONE)
		r = heighten(s, &p, height++);
	if (p.nr > REFILL_MOST)
		p.nr = REFILL_MOST;
	r = r ? r : make_inner(s, h->where, p.all, p.nr);
	free(p.all);
	return r;
}

int refill_hole(struct thin_salvage *s, const struct hole *h, const struct refill_entry *entries,
		size_t nr)
{
	int r;

	if (!h->height) {
		r = make_leaf(s, h->where, entries, nr);
		return r ? r : mark_older(s, h->where, h->where, entries, nr);
	}
	return h->nr_pieces || nr ? make_top(s, h, entries, nr) :
		refill_empty(s, h->where, h->height, h->span.low);
}
