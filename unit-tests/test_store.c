/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "io/engine.h"
#include "pdata/node.h"
#include "thin/sb.h"
#include "thin/store.h"

enum {
	BLOCKS = 300,
	DATA_BLOCKS = 20000,
};

struct bench {
	struct engine *engine;
	char *data;
	struct refs data_refs;
	struct thin_store store;
};

static void start(struct bench *b, uint64_t nr_blocks, bool dry)
{
	struct thin_store_opts opts = { .data_refs = &b->data_refs, .is_dry = dry };

	b->data = alloc_array(BLOCKS, META_BLOCK_SIZE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->data);
	memset(b->data, 0x5a, BLOCKS * META_BLOCK_SIZE);
	CU_ASSERT_EQUAL_FATAL(engine_open_memory(&b->engine, b->data, nr_blocks * META_BLOCK_SIZE),
			      0);
	CU_ASSERT_EQUAL_FATAL(refs_init(&b->data_refs, DATA_BLOCKS), 0);
	CU_ASSERT_EQUAL_FATAL(thin_store_init(&b->store, b->engine, &opts), 0);
}

static void stop(struct bench *b)
{
	thin_store_exit(&b->store);
	refs_exit(&b->data_refs);
	engine_close(b->engine);
	free(b->data);
}

static int add_device(struct thin_store *s, uint32_t id, uint64_t mapped, uint64_t def,
		      const struct thin_run *run)
{
	struct thin_device device = { .dev_id = id, .mapped_blocks = mapped };
	int r = thin_store_emit.device_begin(s, &device);

	if (!r && def)
		r = thin_store_emit.ref(s, def);
	if (!r && run)
		r = thin_store_emit.runs(s, run, 1);
	return r ? r : thin_store_emit.device_end(s);
}

static int add_def(struct thin_store *s, uint64_t id, const struct thin_run *run)
{
	int r = thin_store_emit.def_begin(s, id);

	if (!r)
		r = thin_store_emit.runs(s, run, 1);
	return r ? r : thin_store_emit.def_end(s);
}

/* Two devices share 1000 mappings, and one of them has @nr_own more. */
static int add_pool(struct thin_store *s, uint64_t nr_own)
{
	const struct thin_pool pool = {
		.time = 3, .transaction_id = 4, .flags = 1, .version = 1,
		.data_block_size = 128, .nr_data_blocks = DATA_BLOCKS,
	};
	const struct thin_run shared = { 0, 100, 1000, 1 }, own = { 1000, 5000, nr_own, 2 };
	int r = thin_store_emit.pool_begin(s, &pool);

	if (!r)
		r = add_def(s, 1, &shared);
	if (!r)
		r = add_device(s, 1, 1000, 1, NULL);
	if (!r)
		r = add_device(s, 2, 1000 + nr_own, 1, &own);
	return r ? r : thin_store_emit.pool_end(s);
}

static void read_sb(const struct bench *b, struct thin_sb *sb)
{
	struct fault f[THIN_SB_FAULTS];
	unsigned nr = 0;

	CU_ASSERT_EQUAL_FATAL(thin_sb_parse(sb, b->data, 0, engine_nr_blocks(b->engine), f, &nr),
			      0);
	CU_ASSERT_EQUAL(nr, 0);
}

static void writes_the_superblock_last(void)
{
	static const char zeroes[META_BLOCK_SIZE];
	struct thin_sb sb;
	struct bench b;

	start(&b, BLOCKS, false);
	CU_ASSERT_EQUAL(add_pool(&b.store, 100), 0);
	CU_ASSERT(!memcmp(b.data, zeroes, sizeof(zeroes)));
	CU_ASSERT_EQUAL(thin_store_commit(&b.store), 0);
	read_sb(&b, &sb);
	CU_ASSERT_EQUAL(sb.version, 2);
	CU_ASSERT_EQUAL(sb.flags, 0);
	CU_ASSERT_EQUAL(sb.time, 3);
	CU_ASSERT_EQUAL(sb.transaction_id, 4);
	CU_ASSERT_EQUAL(sb.metadata_nr_blocks, BLOCKS);
	CU_ASSERT_EQUAL(sb.data_sm.nr_allocated, 1100);
	stop(&b);
}

static void counts_shared_mappings_once(void)
{
	struct bench b;

	start(&b, BLOCKS, false);
	CU_ASSERT_EQUAL(add_pool(&b.store, 100), 0);
	CU_ASSERT_EQUAL(refs_get(&b.data_refs, 100), 1);
	CU_ASSERT_EQUAL(refs_get(&b.data_refs, 1099), 1);
	CU_ASSERT_EQUAL(refs_get(&b.data_refs, 5099), 1);
	CU_ASSERT_EQUAL(b.store.nr_copied, 0);
	stop(&b);
}

static void counts_copied_mappings_twice(void)
{
	struct bench b;

	start(&b, BLOCKS, false);
	CU_ASSERT_EQUAL(add_pool(&b.store, 1), 0);
	CU_ASSERT(b.store.nr_copied > 0);
	CU_ASSERT_EQUAL(refs_get(&b.data_refs, 100), 1);
	CU_ASSERT_EQUAL(refs_get(&b.data_refs, 1099), 2);
	stop(&b);
}

/* The only one who refers to the leaf had to copy it. */
static void forgets_leaves_that_nobody_shares(void)
{
	const struct thin_pool pool = { .data_block_size = 128, .nr_data_blocks = DATA_BLOCKS };
	const struct thin_run shared = { 0, 100, 90, 0 }, own = { 90, 200, 10, 0 };
	struct thin_store *s;
	struct bench b;

	start(&b, BLOCKS, false);
	s = &b.store;
	CU_ASSERT_EQUAL(thin_store_emit.pool_begin(s, &pool), 0);
	CU_ASSERT_EQUAL(add_def(s, 1, &shared), 0);
	CU_ASSERT_EQUAL(add_device(s, 1, 100, 1, &own), 0);
	CU_ASSERT_EQUAL(thin_store_emit.pool_end(s), 0);
	CU_ASSERT_EQUAL(refs_get(&b.data_refs, 100), 1);
	CU_ASSERT_EQUAL(refs_get(&b.data_refs, 189), 1);
	CU_ASSERT_EQUAL(s->sb.data_sm.nr_allocated, 100);
	stop(&b);
}

static void needs_what_a_dry_run_says(void)
{
	static const uint64_t sizes[] = { 1, 83, 84, 500, 15000 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint64_t needed;
		struct bench b;

		start(&b, 1, true);
		CU_ASSERT_EQUAL(add_pool(&b.store, sizes[i]), 0);
		needed = b.store.nr_needed;
		stop(&b);
		CU_ASSERT_FATAL(needed < BLOCKS);

		start(&b, needed, false);
		CU_ASSERT_EQUAL(add_pool(&b.store, sizes[i]), 0);
		stop(&b);

		if (sizes[i] < 84)
			continue;
		/* To the block, unless leaves had to be copied. */
		start(&b, needed - 1, false);
		CU_ASSERT_EQUAL(add_pool(&b.store, sizes[i]), -ENOSPC);
		stop(&b);
	}
}

static void writes_nothing_when_dry(void)
{
	struct bench b;

	start(&b, BLOCKS, true);
	CU_ASSERT_EQUAL(add_pool(&b.store, 1000), 0);
	for (size_t i = 0; i < BLOCKS * META_BLOCK_SIZE; i += 64)
		CU_ASSERT_EQUAL_FATAL(b.data[i], 0x5a);
	stop(&b);
}

static void stores_an_empty_pool(void)
{
	const struct thin_pool pool = { .data_block_size = 128 };
	struct thin_sb sb;
	struct fault f;
	struct node n;
	struct bench b;

	start(&b, 16, false);
	CU_ASSERT_EQUAL(thin_store_emit.pool_begin(&b.store, &pool), 0);
	CU_ASSERT_EQUAL(thin_store_emit.pool_end(&b.store), 0);
	CU_ASSERT_EQUAL(thin_store_commit(&b.store), 0);
	read_sb(&b, &sb);
	CU_ASSERT_EQUAL(node_parse(&n, b.data + sb.mapping_root * META_BLOCK_SIZE,
				   sb.mapping_root, 8, &f), 0);
	CU_ASSERT_EQUAL(n.nr_entries, 0);
	CU_ASSERT_EQUAL(node_parse(&n, b.data + sb.details_root * META_BLOCK_SIZE,
				   sb.details_root, 24, &f), 0);
	CU_ASSERT_EQUAL(n.nr_entries, 0);
	stop(&b);
}

static CU_TestInfo tests[] = {
	{ "writes the superblock last", writes_the_superblock_last },
	{ "counts shared mappings once", counts_shared_mappings_once },
	{ "counts copied mappings twice", counts_copied_mappings_twice },
	{ "forgets leaves that nobody shares", forgets_leaves_that_nobody_shares },
	{ "needs what a dry run says", needs_what_a_dry_run_says },
	{ "writes nothing when dry", writes_nothing_when_dry },
	{ "stores an empty pool", stores_an_empty_pool },
	CU_TEST_INFO_NULL
};

void test_store_suite(void);

void test_store_suite(void)
{
	add_suite("store", tests);
}
