/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pdata/bitmap.h"
#include "pdata/node.h"
#include "pdata/sm_store.h"

enum { DEVICE = 200 };

struct bench {
	struct engine *engine;
	char *data;
	struct refs refs;
	struct writer writer;
};

static void start(struct bench *b)
{
	b->data = alloc_array(DEVICE, META_BLOCK_SIZE);
	CU_ASSERT_EQUAL_FATAL(engine_open_memory(&b->engine, b->data, DEVICE * META_BLOCK_SIZE), 0);
	CU_ASSERT_EQUAL_FATAL(refs_init(&b->refs, DEVICE), 0);
	CU_ASSERT_EQUAL_FATAL(writer_init(&b->writer, b->engine, &b->refs, 1, false), 0);
	refs_add(&b->refs, 0, 1);
}

static void stop(struct bench *b)
{
	writer_exit(&b->writer);
	refs_exit(&b->refs);
	engine_close(b->engine);
	free(b->data);
}

static void *at(const struct bench *b, uint64_t where)
{
	return b->data + where * META_BLOCK_SIZE;
}

/* The value of @key in a tree of at most two levels; NULL if there is none. */
static const void *look_up(const struct bench *b, uint64_t root, uint32_t size, uint64_t key)
{
	struct fault f;
	struct node n;
	int i;

	CU_ASSERT_EQUAL_FATAL(node_parse(&n, at(b, root), root, size, &f), 0);
	i = node_find(&n, key);
	if (i < 0)
		return NULL;
	if (!n.leaf)
		return look_up(b, node_value64(&n, (uint32_t)i), size, key);
	return node_key(&n, (uint32_t)i) == key ? node_value(&n, (uint32_t)i) : NULL;
}

static int64_t stored_count(const struct bench *b, const struct index_entry_disk *entry,
			    uint64_t overflow_root, uint64_t block)
{
	uint64_t where = le64_to_cpu(entry->bitmap);
	const __le32 *large;
	struct fault f;
	unsigned value;

	CU_ASSERT_EQUAL_FATAL(bitmap_check(at(b, where), where, &f), 0);
	value = bitmap_get(at(b, where), (uint32_t)(block % BITMAP_ENTRIES));
	large = look_up(b, overflow_root, sizeof(*large), block);
	CU_ASSERT_EQUAL(value == BITMAP_OVERFLOW, large != NULL);
	return large ? le32_to_cpu(*large) : value;
}

static void check_entry(const struct bench *b, const struct index_entry_disk *entry,
			uint64_t nr_blocks, uint64_t index)
{
	const struct bitmap_disk *d = at(b, le64_to_cpu(entry->bitmap));
	uint32_t used = bitmap_used(nr_blocks, index), first = used;
	/* Those behind the last block are free for the kernel, for when it grows. */
	uint32_t nr_free = BITMAP_ENTRIES - used;

	for (uint32_t i = used; i-- > 0;)
		if (!bitmap_get(d, i)) {
			nr_free++;
			first = i;
		}
	for (uint32_t i = used; i < BITMAP_ENTRIES; i++)
		CU_ASSERT_EQUAL(bitmap_get(d, i), 0);
	CU_ASSERT_EQUAL(le32_to_cpu(entry->nr_free), nr_free);
	CU_ASSERT_EQUAL(le32_to_cpu(entry->none_free_before), first);
}

static void stores_every_count(void)
{
	static const int64_t counts[] = { 0, 1, 1, 1, 2, 3, 4, 62, 63, 64, 1000, 0, 0x7fffffff };
	const uint64_t nr = 2 * BITMAP_ENTRIES + 13;
	uint64_t nr_allocated = 0;
	struct sm_root root;
	struct refs data;
	struct bench b;

	start(&b);
	srand(2);
	CU_ASSERT_EQUAL_FATAL(refs_init(&data, nr), 0);
	for (uint64_t n = 0; n < nr; n++)
		refs_add(&data, n, counts[(size_t)rand() % ARRAY_SIZE(counts)]);
	CU_ASSERT_EQUAL_FATAL(sm_store_data(&b.writer, &data, nr, &root), 0);
	CU_ASSERT_EQUAL_FATAL(writer_finish(&b.writer), 0);

	for (uint64_t n = 0; n < nr; n++) {
		const struct index_entry_disk *entry =
			look_up(&b, root.index_root, sizeof(*entry), n / BITMAP_ENTRIES);

		CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
		nr_allocated += refs_get(&data, n) != 0;
		CU_ASSERT_EQUAL(stored_count(&b, entry, root.overflow_root, n),
				refs_get(&data, n));
		if (n % BITMAP_ENTRIES == 0)
			check_entry(&b, entry, nr, n / BITMAP_ENTRIES);
	}
	CU_ASSERT_EQUAL(root.nr_allocated, nr_allocated);
	CU_ASSERT_EQUAL(root.nr_blocks, nr);
	refs_exit(&data);
	stop(&b);
}

static void knows_full_and_empty_words(void)
{
	const uint64_t nr = BITMAP_ENTRIES;
	struct sm_root root;
	struct refs data;
	struct bench b;

	start(&b);
	CU_ASSERT_EQUAL_FATAL(refs_init(&data, nr), 0);
	refs_add_run(&data, 0, nr, 1);
	CU_ASSERT_EQUAL_FATAL(sm_store_data(&b.writer, &data, nr, &root), 0);
	CU_ASSERT_EQUAL_FATAL(writer_finish(&b.writer), 0);
	CU_ASSERT_EQUAL(root.nr_allocated, nr);
	check_entry(&b, look_up(&b, root.index_root, 16, 0), nr, 0);
	refs_exit(&data);
	stop(&b);
}

static void counts_the_metadata_maps_own_blocks(void)
{
	struct sm_root root;
	struct fault f;
	struct bench b;

	start(&b);
	CU_ASSERT_EQUAL_FATAL(sm_store_metadata(&b.writer, DEVICE, &root), 0);
	CU_ASSERT_EQUAL_FATAL(writer_finish(&b.writer), 0);
	CU_ASSERT_EQUAL(index_check(at(&b, root.index_root), root.index_root, &f), 0);
	/* Superblock, overflow root, bitmap, index. */
	CU_ASSERT_EQUAL(root.nr_allocated, 4);
	for (uint64_t n = 0; n < DEVICE; n++) {
		const struct index_disk *index = at(&b, root.index_root);

		CU_ASSERT_EQUAL(stored_count(&b, &index->entries[0], root.overflow_root, n),
				n < 4);
	}
	stop(&b);
}

static void keeps_away_from_busy_blocks(void)
{
	struct sm_root root;
	struct bits busy;
	struct bench b;

	start(&b);
	CU_ASSERT_EQUAL_FATAL(bits_init(&busy, DEVICE), 0);
	bits_add(&busy, 1);
	bits_add(&busy, 3);
	b.writer.busy = &busy;
	CU_ASSERT_EQUAL_FATAL(sm_store_metadata(&b.writer, DEVICE, &root), 0);
	CU_ASSERT_EQUAL_FATAL(writer_finish(&b.writer), 0);
	CU_ASSERT_EQUAL(root.overflow_root, 2);
	CU_ASSERT_EQUAL(root.index_root, 5);
	CU_ASSERT_EQUAL(root.nr_allocated, 4);
	CU_ASSERT_EQUAL(refs_get(&b.refs, 3), 0);
	bits_exit(&busy);
	stop(&b);
}

static void fails_when_the_device_is_full(void)
{
	struct sm_root root;
	struct bench b;

	for (uint64_t end = 1; end < 4; end++) {
		start(&b);
		b.writer.end = end;
		CU_ASSERT_EQUAL(sm_store_metadata(&b.writer, DEVICE, &root), -ENOSPC);
		stop(&b);
	}
}

static CU_TestInfo tests[] = {
	{ "stores every count", stores_every_count },
	{ "knows full and empty words", knows_full_and_empty_words },
	{ "counts the metadata map's own blocks", counts_the_metadata_maps_own_blocks },
	{ "keeps away from busy blocks", keeps_away_from_busy_blocks },
	{ "fails when the device is full", fails_when_the_device_is_full },
	CU_TEST_INFO_NULL
};

void test_sm_store_suite(void);

void test_sm_store_suite(void)
{
	add_suite("sm_store", tests);
}
