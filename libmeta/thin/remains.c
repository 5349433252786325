/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/remains.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Was it written there?  Where the checksum is wrong, a byte of the number may be, too. */
static bool is_of(const struct node_disk *d, uint64_t where)
{
	uint64_t wrong = le64_to_cpu(d->header.where) ^ where;

	while (wrong && !(wrong & 0xff))
		wrong >>= 8;
	return !wrong || (wrong <= 0xff && block_kind_of(d) == KIND_FREE);
}

int remains_read(struct thin_salvage *s, uint64_t where,
		 struct remains_entry entries[REMAINS_MOST], uint32_t *nr)
{
	struct node_disk *d;

	*nr = 0;
	if (where >= s->scan.nr_blocks)
		return 0;
	d = alloc_blocks(1);
	if (!d)
		return -ENOMEM;
	/* What cannot be read says nothing. */
	if (engine_read(s->overlay.below, d, where, 1) || !is_of(d, where))
		memset(d, 0, META_BLOCK_SIZE);
	for (uint32_t i = 0; i < REMAINS_MOST; i++) {
		uint64_t value = le64_to_cpu(d->keys[REMAINS_MOST + i]);

		if (scan_node(&s->scan, value, SCAN_MAPPINGS))
			entries[(*nr)++] = (struct remains_entry){
				le64_to_cpu(d->keys[i]), value, i };
	}
	free(d);
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool begins(const struct thin_salvage *s, const struct remains_entry *e)
{
	const struct scan_block *b = &s->scan.blocks[e->value];

	return b->nr && b->first == e->key;
}

/* Is the key wrong alone?  Then the child begins between those next to it. */
static bool is_between(const struct thin_salvage *s, const struct remains_entry *e, uint32_t nr,
		       uint32_t i)
{
	const struct scan_block *b = &s->scan.blocks[e[i].value];

	return i && i + 1 < nr && begins(s, &e[i - 1]) && begins(s, &e[i + 1]) &&
	       b->nr && b->first > s->scan.blocks[e[i - 1].value].top && b->top < e[i + 1].key;
}

int remains_add_hint(struct hole *h, uint32_t where)
{
	uint32_t *p = alloc_resize(h->hints, h->nr_hints + 1, sizeof(*h->hints));

	if (!p)
		return -ENOMEM;
	h->hints = p;
	h->hints[h->nr_hints++] = where;
	qsort(h->hints, h->nr_hints, sizeof(*h->hints), compare);
	return 0;
}

static int add_hints(struct thin_salvage *s, struct hole *h, const struct remains_entry *e,
		     uint32_t nr)
{
	int r = 0;

	for (uint32_t i = 0; i < nr && !r; i++) {
		uint64_t first = s->scan.blocks[e[i].value].first;

		/* Other nodes may have come to its place. */
		if (first >= h->span.low && first <= h->span.last &&
		    (begins(s, &e[i]) || is_between(s, e, nr, i)))
			r = remains_add_hint(h, (uint32_t)e[i].value);
	}
	return r;
}

int remains_find_hints(struct thin_salvage *s, struct hole *h)
{
	struct remains_entry *entries;
	uint32_t nr;
	int r;

	if (!h->height)
		return 0;
	entries = alloc_array(REMAINS_MOST, sizeof(*entries));
	r = entries ? remains_read(s, h->was, entries, &nr) : -ENOMEM;
	r = r ? r : add_hints(s, h, entries, nr);
	free(entries);
	return r;
}

int remains_take_hints(struct thin_salvage *s, struct hole *h, uint64_t where)
{
	struct remains_entry *entries = alloc_array(REMAINS_MOST, sizeof(*entries));
	uint32_t nr = 0;
	struct node n;
	int r = entries ? salvage_read(s, where, sizeof(__le64), 0, &n) : -ENOMEM;

	for (uint32_t i = 0; !r && i < n.nr_entries && i < REMAINS_MOST; i++)
		if (scan_node(&s->scan, node_value64(&n, i), SCAN_MAPPINGS))
			entries[nr++] = (struct remains_entry){
				node_key(&n, i), node_value64(&n, i), i };
	r = r ? r : add_hints(s, h, entries, nr);
	free(entries);
	return r;
}

bool remains_has_hint(const struct hole *h, uint32_t where)
{
	return h->nr_hints && bsearch(&where, h->hints, h->nr_hints, sizeof(where), compare);
}
