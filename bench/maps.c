/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "maps.h"

#include <stdlib.h>

#include "tree.h"

/* Counts of a range of blocks: half of the two arrays is always NULL. */
struct counts {
	const uint32_t *metadata;
	const uint16_t *data;
	uint64_t nr;
};

static uint32_t count_of(const struct counts *c, uint64_t block)
{
	return c->metadata ? c->metadata[block] : c->data[block];
}

static uint64_t nr_bitmaps(uint64_t nr_blocks)
{
	return (nr_blocks + BITMAP_ENTRIES - 1) / BITMAP_ENTRIES;
}

/* Writes bitmap @i of @c to block @where and returns what the index says. */
static struct index_entry_disk store_bitmap(struct image *im, const struct counts *c,
					    uint64_t i, uint64_t where)
{
	struct bitmap_disk *b = image_block(im, where);
	uint64_t begin = i * BITMAP_ENTRIES;
	uint64_t left = c->nr - begin;
	uint32_t nr = left < BITMAP_ENTRIES ? (uint32_t)left : BITMAP_ENTRIES;
	uint32_t nr_free = 0;
	uint32_t first_free = nr;
	uint32_t count;

	for (uint32_t e = 0; e < nr; e++) {
		count = count_of(c, begin + e);
		if (count > BITMAP_OVERFLOW)
			count = BITMAP_OVERFLOW;
		if (!count && !nr_free++)
			first_free = e;
		/* The lower bit of a pair is the high bit of the count. */
		b->entries[e / 4] |= (uint8_t)((count >> 1 | (count & 1) << 1) << e % 4 * 2);
	}
	image_seal(im, where, BITMAP_SALT);

	return (struct index_entry_disk) {
		.bitmap = __cpu_to_le64(where),
		.nr_free = __cpu_to_le32(nr_free),
		.none_free_before = __cpu_to_le32(first_free),
	};
}

static uint64_t store_overflow(struct image *im, const struct counts *c)
{
	uint64_t nr = 0;
	struct tree t;
	__le32 count_le;

	for (uint64_t b = 0; b < c->nr; b++)
		nr += count_of(c, b) >= BITMAP_OVERFLOW;

	/* The tree's own blocks have a count of 1 and change nothing here. */
	tree_init(&t, im, sizeof(count_le), nr);
	for (uint64_t b = 0; nr; b++) {
		if (count_of(c, b) < BITMAP_OVERFLOW)
			continue;
		count_le = __cpu_to_le32(count_of(c, b));
		tree_push(&t, b, &count_le);
		nr--;
	}
	return t.root;
}

static void store_data(struct maps *m, struct sm_root_disk *root)
{
	struct counts c = { .data = m->im->data_counts, .nr = m->im->nr_data_blocks };
	struct index_entry_disk entry;
	uint64_t nr_allocated = 0;
	struct tree index;

	for (uint64_t b = 0; b < c.nr; b++)
		nr_allocated += c.data[b] != 0;

	tree_init(&index, m->im, sizeof(entry), m->nr_data_bitmaps);
	for (uint64_t i = 0; i < m->nr_data_bitmaps; i++) {
		entry = store_bitmap(m->im, &c, i, m->data_bitmaps[i]);
		tree_push(&index, i, &entry);
	}

	root->nr_blocks = __cpu_to_le64(c.nr);
	root->nr_allocated = __cpu_to_le64(nr_allocated);
	root->index_root = __cpu_to_le64(index.root);
	root->overflow_root = __cpu_to_le64(store_overflow(m->im, &c));
}

static void store_metadata(struct image *im, struct sm_root_disk *root)
{
	struct counts c = { .metadata = im->counts, .nr = im->nr_blocks };
	uint64_t nr = nr_bitmaps(im->nr_blocks);
	uint64_t bitmaps[INDEX_MAX_BITMAPS];
	uint64_t where = image_alloc(im);
	struct index_disk *index = image_block(im, where);

	/* All blocks first, since the bitmaps tell of themselves. */
	root->overflow_root = __cpu_to_le64(store_overflow(im, &c));
	for (uint64_t i = 0; i < nr; i++)
		bitmaps[i] = image_alloc(im);
	for (uint64_t i = 0; i < nr; i++)
		index->entries[i] = store_bitmap(im, &c, i, bitmaps[i]);
	image_seal(im, where, INDEX_SALT);

	root->nr_blocks = __cpu_to_le64(im->nr_blocks);
	root->nr_allocated = __cpu_to_le64(im->nr_used);
	root->index_root = __cpu_to_le64(where);
}

void maps_init(struct maps *m, struct image *im)
{
	*m = (struct maps) { .im = im, .nr_data_bitmaps = nr_bitmaps(im->nr_data_blocks) };
	m->data_bitmaps = image_calloc(m->nr_data_bitmaps, sizeof(*m->data_bitmaps));
}

void maps_allocate(struct maps *m, uint64_t part, uint64_t whole)
{
	uint64_t end = m->nr_data_bitmaps * part / whole;

	while (m->nr_allocated < end)
		m->data_bitmaps[m->nr_allocated++] = image_alloc(m->im);
}

void maps_store(struct maps *m, struct sm_root_disk *data, struct sm_root_disk *metadata)
{
	maps_allocate(m, 1, 1);
	store_data(m, data);
	store_metadata(m->im, metadata);
	free(m->data_bitmaps);
}
