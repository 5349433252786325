/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdata/sm_store.h"

#include <errno.h>
#include <string.h>

#include "base/le.h"
#include "pdata/bitmap.h"
#include "pdata/build.h"

/* Eight counts of one byte in a word of refs. */
#define EACH	0x0101010101010101ull
#define TOPS	(EACH * 0x80)

/* Counts that a bitmap cannot hold; those kept elsewhere look as such too. */
static bool has_large(uint64_t word)
{
	return (((word & ~TOPS) + EACH * (0x80 - BITMAP_OVERFLOW)) | word) & TOPS;
}

static int store_overflow(struct writer *w, struct refs *counts, uint64_t nr_blocks,
			  uint64_t *root)
{
	struct build b;
	int r;

	r = build_init(&b, w, sizeof(__le32));
	for (uint64_t n = 0; !r && n < nr_blocks; n++) {
		int64_t count;
		__le32 count_le;

		if (n % 8 == 0 && !has_large(counts->words[n / 8])) {
			n += 7;
			continue;
		}
		count = refs_get(counts, n);
		if (count < BITMAP_OVERFLOW)
			continue;
		count_le = cpu_to_le32((uint32_t)count);
		r = build_add(&b, n, &count_le);
	}
	if (!r)
		r = build_finish(&b, root);
	if (!r)
		writer_ref(w, *root);
	build_exit(&b);
	return r;
}

/* The sixteen bits of a bitmap that say the same as a word of small counts. */
static uint32_t squeeze(uint64_t word)
{
	uint64_t x = (word & EACH) << 1 | (word >> 1 & EACH);

	x = (x | x >> 6) & 0x000f000f000f000full;
	x = (x | x >> 12) & 0x000000ff000000ffull;
	return (uint32_t)(x | x >> 24) & 0xffff;
}

static uint32_t zeroes_in(uint64_t word)
{
	return 8 - (uint32_t)__builtin_popcountll((((word & ~TOPS) + ~TOPS) | word) & TOPS);
}

/* What an index entry says, but for the place. */
struct tally {
	uint32_t nr_used;
	uint32_t first_free;	/* as many as there are entries if none */
};

/* Eight entries at most, one by one. */
static void fill_slowly(struct refs *counts, uint64_t begin, uint32_t i, uint32_t end,
			struct bitmap_disk *d)
{
	for (; i < end; i++) {
		int64_t count = refs_get(counts, begin + i);

		bitmap_set(d, i, count < BITMAP_OVERFLOW ? (unsigned)count : BITMAP_OVERFLOW);
	}
}

static uint32_t first_free(const struct bitmap_disk *d, uint32_t used)
{
	uint32_t i = 0;

	while (i < used && bitmap_get(d, i))
		i++;
	return i;
}

/* Fills bitmap @index of a map of @nr_blocks. */
static struct tally fill_bitmap(struct refs *counts, uint64_t nr_blocks, uint64_t index,
				struct bitmap_disk *d)
{
	uint64_t begin = index * BITMAP_ENTRIES;
	uint32_t used = bitmap_used(nr_blocks, index);
	struct tally t = { .nr_used = used };

	memset(d, 0, sizeof(*d));
	for (uint32_t i = 0; i < used; i += 8) {
		uint64_t word = counts->words[(begin + i) / 8];
		uint32_t bits = squeeze(word);

		if (used - i < 8 || has_large(word)) {
			uint32_t end = used - i < 8 ? used : i + 8;

			fill_slowly(counts, begin, i, end, d);
			for (uint32_t n = i; n < end; n++)
				t.nr_used -= !bitmap_get(d, n);
			continue;
		}
		d->entries[i / 4] = (uint8_t)bits;
		d->entries[i / 4 + 1] = (uint8_t)(bits >> 8);
		t.nr_used -= zeroes_in(word);
	}
	t.first_free = t.nr_used < used ? first_free(d, used) : used;
	return t;
}

/*
 * Entries behind the last block count as free, as the kernel has it: when the
 * device grows they become blocks, and it does not count them again.
 */
static struct index_entry_disk index_entry(struct tally t, uint64_t where)
{
	return (struct index_entry_disk){
		.bitmap = cpu_to_le64(where), .nr_free = cpu_to_le32(BITMAP_ENTRIES - t.nr_used),
		.none_free_before = cpu_to_le32(t.first_free),
	};
}

/* Does not count the pointer from the index. */
static int store_bitmap(struct writer *w, struct refs *counts, struct sm_root *root,
			uint64_t index, struct index_entry_disk *entry)
{
	struct tally t = { 0 };
	uint64_t where;
	void *block;
	int r;

	r = writer_get(w, BITMAP_SALT, &block, &where);
	if (r)
		return r;
	if (!w->dry)
		t = fill_bitmap(counts, root->nr_blocks, index, block);
	root->nr_allocated += t.nr_used;
	*entry = index_entry(t, where);
	return 0;
}

static int store_index_tree(struct writer *w, struct refs *counts, struct sm_root *root)
{
	uint64_t nr = bitmap_count(root->nr_blocks);
	struct build b;
	int r;

	r = build_init(&b, w, sizeof(struct index_entry_disk));
	for (uint64_t i = 0; !r && i < nr; i++) {
		struct index_entry_disk entry;

		r = store_bitmap(w, counts, root, i, &entry);
		if (!r)
			writer_ref(w, le64_to_cpu(entry.bitmap));
		if (!r)
			r = build_add(&b, i, &entry);
	}
	if (!r)
		r = build_finish(&b, &root->index_root);
	if (!r)
		writer_ref(w, root->index_root);
	build_exit(&b);
	return r;
}

int sm_store_data(struct writer *w, struct refs *counts, uint64_t nr_blocks,
		  struct sm_root *root)
{
	int r = refs_error(counts);

	*root = (struct sm_root){ .nr_blocks = nr_blocks };
	if (!r)
		r = store_overflow(w, counts, nr_blocks, &root->overflow_root);
	return r ? r : store_index_tree(w, counts, root);
}

/*
 * The bitmaps have to say that the index and all of them are in use, so the
 * @nr blocks that come next are counted before the first is filled.
 */
static int count_ahead(struct writer *w, uint64_t nr)
{
	uint64_t where = w->next;

	for (; nr; nr--, where++) {
		while (w->busy && bits_has(w->busy, where))
			where++;
		if (where >= w->end)
			return -ENOSPC;
		writer_ref(w, where);
	}
	return 0;
}

static int store_own(struct writer *w, struct sm_root *root, struct index_disk *index)
{
	uint64_t nr = bitmap_count(root->nr_blocks);
	void *block;
	int r = 0;

	for (uint32_t i = 0; !r && i < nr; i++)
		r = store_bitmap(w, w->refs, root, i, &index->entries[i]);
	if (!r)
		r = writer_get(w, INDEX_SALT, &block, &root->index_root);
	if (!r)
		memcpy(block, index, sizeof(*index));
	return r;
}

int sm_store_metadata(struct writer *w, uint64_t nr_blocks, struct sm_root *root)
{
	struct index_disk index = { 0 };
	int r;

	*root = (struct sm_root){ .nr_blocks = nr_blocks };
	r = store_overflow(w, w->refs, nr_blocks, &root->overflow_root);
	if (!r)
		r = refs_error(w->refs);
	if (!r)
		r = count_ahead(w, bitmap_count(nr_blocks) + 1);
	return r ? r : store_own(w, root, &index);
}
