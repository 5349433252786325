/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/refill.h"

#include <string.h>

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
	struct thin_finding f = { .code = THIN_FINDING_OLDER, .where = where, .nr = nr };
	struct node_disk *d = make_node(s, where, NODE_LEAF);

	if (!d)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		put_entry(d, entries[i].key, entries[i].value);
	block_seal(d, where, NODE_SALT);
	if (!nr)
		return 0;
	f.begin = entries[0].key;
	f.end = entries[nr - 1].key == UINT64_MAX ? UINT64_MAX : entries[nr - 1].key + 1;
	return salvage_mark(s, where, &f);
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

static bool is_full(const struct node_disk *d)
{
	return le32_to_cpu(d->header.nr_entries) == REFILL_MOST;
}

/* New leaves for entries that belong between two pieces. */
static int add_older_leaves(struct thin_salvage *s, const struct hole *h, struct node_disk *d,
			    const struct refill_entry *entries, size_t nr)
{
	int r = 0;

	for (size_t i = 0; i < nr && !r && !is_full(d); i += REFILL_MOST) {
		size_t some = nr - i < REFILL_MOST ? nr - i : REFILL_MOST;
		uint64_t where = salvage_number(s);

		if (!where)
			return -ENOSPC;
		r = make_leaf(s, where, entries + i, some);
		r = r ? r : lift(s, &where, h->height - 1, entries[i].key);
		if (!r)
			put_entry(d, entries[i].key, where);
	}
	return r;
}

static int make_inner(struct thin_salvage *s, const struct hole *h,
		      const struct refill_entry *entries, size_t nr)
{
	struct node_disk *d = make_node(s, h->where, NODE_INTERNAL);
	size_t from = 0, end = 0;
	int r = 0;

	if (!d)
		return -ENOMEM;
	for (uint32_t i = 0; i < h->nr_pieces && !r; i++, from = end) {
		uint64_t first = s->scan.blocks[h->pieces[i]].first;

		while (end < nr && entries[end].key < first)
			end++;
		/* Pieces are worth more than what is between them. */
		if (le32_to_cpu(d->header.nr_entries) + h->nr_pieces - i < REFILL_MOST)
			r = add_older_leaves(s, h, d, entries + from, end - from);
		if (!is_full(d))
			put_entry(d, first, h->pieces[i]);
	}
	r = r ? r : add_older_leaves(s, h, d, entries + from, nr - from);
	block_seal(d, h->where, NODE_SALT);
	return r;
}

int refill_hole(struct thin_salvage *s, const struct hole *h, const struct refill_entry *entries,
		size_t nr)
{
	if (!h->height)
		return make_leaf(s, h->where, entries, nr);
	return h->nr_pieces || nr ? make_inner(s, h, entries, nr) :
		refill_empty(s, h->where, h->height, h->span.low);
}
