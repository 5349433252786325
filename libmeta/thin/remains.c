/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/remains.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

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
	if (engine_read(s->overlay.below, d, where, 1) || le64_to_cpu(d->header.where) != where)
		memset(d, 0, META_BLOCK_SIZE);
	for (uint32_t i = 0; i < REMAINS_MOST; i++) {
		uint64_t value = le64_to_cpu(d->keys[REMAINS_MOST + i]);

		if (scan_node(&s->scan, value, SCAN_MAPPINGS))
			entries[(*nr)++] = (struct remains_entry){
				le64_to_cpu(d->keys[i]), value };
	}
	free(d);
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int remains_find_hints(struct thin_salvage *s, struct hole *h)
{
	struct remains_entry *entries;
	uint32_t nr;
	int r;

	if (!h->height)
		return 0;
	entries = alloc_array(REMAINS_MOST, sizeof(*entries));
	r = entries ? remains_read(s, h->where, entries, &nr) : -ENOMEM;
	if (!r && nr) {
		h->hints = alloc_array(nr, sizeof(*h->hints));
		r = h->hints ? 0 : -ENOMEM;
	}
	for (uint32_t i = 0; !r && i < nr; i++)
		if (s->scan.blocks[entries[i].value].first == entries[i].key &&
		    s->scan.blocks[entries[i].value].nr)
			h->hints[h->nr_hints++] = (uint32_t)entries[i].value;
	if (h->nr_hints)
		qsort(h->hints, h->nr_hints, sizeof(*h->hints), compare);
	free(entries);
	return r;
}

bool remains_has_hint(const struct hole *h, uint32_t where)
{
	return h->nr_hints && bsearch(&where, h->hints, h->nr_hints, sizeof(where), compare);
}
