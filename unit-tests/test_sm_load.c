/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How counts get into memory; what is wrong with a map is in check_spoilt. */
#include "unit.h"

#include <string.h>

#include "fixture.h"
#include "pdata/sm_load.h"

static struct {
	struct pool pool;
	struct fault_sink sink;
	struct walk walk;
	struct refs refs;
	struct bits several;
	struct sm sm;
} s;

static void *at(enum pool_block b)
{
	return disk_block(&s.pool.disk, s.pool.at[b]);
}

static void take_root(struct sm_root *root, const struct sm_root_disk *d)
{
	*root = (struct sm_root){
		.nr_blocks = le64_to_cpu(d->nr_blocks),
		.nr_allocated = le64_to_cpu(d->nr_allocated),
		.index_root = le64_to_cpu(d->index_root),
		.overflow_root = le64_to_cpu(d->overflow_root),
	};
}

static void load(bool is_data, unsigned nr_threads)
{
	const struct thin_sb_disk *d = at(POOL_SB);
	struct sm_root root;

	take_root(&root, is_data ? &d->data_sm.root : &d->metadata_sm.root);
	if (fault_sink_init(&s.sink, 1000) || refs_init(&s.refs, root.nr_blocks) ||
	    bits_init(&s.several, root.nr_blocks) ||
	    walk_init(&s.walk, &s.pool.disk.engine, s.pool.disk.nr_blocks, NULL, &s.sink))
		CU_FAIL_FATAL("no memory");
	s.walk.stream.nr_threads = nr_threads;
	CU_ASSERT_EQUAL(sm_load(&s.sm, &s.walk, &s.refs, &root, is_data ? &s.several : NULL), 0);
}

static void unload(void)
{
	sm_exit(&s.sm);
	walk_exit(&s.walk);
	bits_exit(&s.several);
	refs_exit(&s.refs);
	fault_sink_exit(&s.sink);
	pool_exit(&s.pool);
}

/* What the pool's data blocks are mapped by. */
static unsigned data_count(uint64_t b)
{
	if ((b >= 200 && b < 320) || (b >= 400 && b < 520))
		return 3;
	return b < 100 || (b >= 700 && b < 710) || (b >= 800 && b < 810) ||
	       (b >= 1000 && b < 1200) || (b >= 2010 && b < 2040);
}

static void judge_data(void)
{
	for (uint64_t b = 0; b < 5000; b++) {
		CHECK_IN(b, refs_get(&s.refs, b) == data_count(b));
		CHECK_IN(b, bits_has(&s.several, b) == (data_count(b) > 1));
		CHECK_IN(b, sm_stored(&s.sm, b) == data_count(b));
	}
	CU_ASSERT_EQUAL(refs_next(&s.refs, 5000), POOL_NR_DATA);
}

static void loads_the_data_map(void)
{
	for (unsigned threads = 1; threads < 5; threads += 3) {
		pool_init(&s.pool);
		load(true, threads);
		CHECK_IN(threads, s.sink.nr == 0 && s.sm.whole);
		CHECK_IN(threads, s.sm.nr_bitmaps == POOL_NR_BITMAPS);
		judge_data();
		unload();
	}
}

static void loads_large_counts(void)
{
	pool_init(&s.pool);
	put32(node_value_at(at(POOL_DATA_OVER_LEAF), 0), UINT32_MAX);
	put32(node_value_at(at(POOL_DATA_OVER_LEAF), 1), 70000);
	reseal(at(POOL_DATA_OVER_LEAF), NODE_SALT);
	load(true, 1);
	CU_ASSERT_EQUAL(refs_get(&s.refs, 200), UINT32_MAX);
	CU_ASSERT_EQUAL(refs_get(&s.refs, 201), 70000);
	CU_ASSERT_EQUAL(sm_stored(&s.sm, 200), UINT32_MAX);
	CU_ASSERT_EQUAL(sm_stored(&s.sm, 201), 70000);
	CU_ASSERT_EQUAL(sm_stored(&s.sm, 5), 1);
	unload();
}

static void loads_the_metadata_map(void)
{
	pool_init(&s.pool);
	load(false, 1);
	CU_ASSERT_EQUAL(s.sink.nr, 0);
	CU_ASSERT_EQUAL(refs_get(&s.refs, 0), 1);
	CU_ASSERT_EQUAL(refs_get(&s.refs, s.pool.at[POOL_MANY_LEAF]), 250);
	CU_ASSERT_EQUAL(refs_get(&s.refs, s.pool.at[POOL_TOP_LEAF]), 2);
	CU_ASSERT_EQUAL(refs_get(&s.refs, 511), 0);
	/* Its own blocks are noted, those of others are not. */
	CU_ASSERT_EQUAL(walk_kind(&s.walk, s.pool.at[POOL_META_INDEX]), KIND_INDEX);
	CU_ASSERT_EQUAL(walk_kind(&s.walk, s.pool.at[POOL_META_BITMAP]), KIND_BITMAP);
	CU_ASSERT_EQUAL(walk_kind(&s.walk, s.pool.at[POOL_META_OVER]), KIND_OVERFLOW);
	CU_ASSERT_EQUAL(walk_kind(&s.walk, s.pool.at[POOL_DATA_OVER]), KIND_FREE);
	unload();
}

static void a_lost_bitmap_costs_its_own_counts(void)
{
	pool_init(&s.pool);
	bits_add(&s.pool.disk.unreadable, s.pool.at[POOL_DATA_BITMAP]);
	load(true, 1);
	CU_ASSERT_FALSE(s.sm.whole);
	CU_ASSERT_TRUE(sm_is_lost(&s.sm, 0));
	CU_ASSERT_FALSE(sm_is_lost(&s.sm, 1));
	CU_ASSERT_EQUAL(refs_next(&s.refs, 0), POOL_NR_DATA);
	CU_ASSERT_EQUAL(sm_stored(&s.sm, 5), 0);
	/* Overflow entries of blocks that are lost are not strays. */
	CU_ASSERT_EQUAL(s.sink.nr_by_code[FAULT_OVERFLOW_STRAY], 0);
	CU_ASSERT_EQUAL(s.sink.nr_by_code[FAULT_DATA_TOTAL], 0);
	unload();
}

static void counts_without_overflow_entry_are_unknown(void)
{
	pool_init(&s.pool);
	memset(at(POOL_DATA_OVER_LEAF), 1, 100);
	load(true, 1);
	for (uint64_t b = 200; b < 320; b++)
		CHECK_IN(b, refs_is_unknown(&s.refs, b));
	for (uint64_t b = 400; b < 520; b++)
		CHECK_IN(b, refs_get(&s.refs, b) == 3);
	CU_ASSERT_EQUAL(refs_get(&s.refs, 5), 1);
	CU_ASSERT_EQUAL(s.sink.nr_by_code[FAULT_OVERFLOW_MISSING], 0);
	CU_ASSERT_FALSE(s.sm.whole);
	unload();
}

static void a_map_of_nothing(void)
{
	struct sm_root root = { .nr_blocks = 0 };

	pool_init(&s.pool);
	load(true, 1);
	sm_exit(&s.sm);
	walk_exit(&s.walk);
	if (walk_init(&s.walk, &s.pool.disk.engine, s.pool.disk.nr_blocks, NULL, &s.sink))
		CU_FAIL_FATAL("no memory");
	root.index_root = s.pool.at[POOL_META_INDEX];
	root.overflow_root = s.pool.at[POOL_META_OVER];
	CU_ASSERT_EQUAL(sm_load(&s.sm, &s.walk, &s.refs, &root, NULL), 0);
	CU_ASSERT_EQUAL(s.sm.nr_bitmaps, 0);
	CU_ASSERT_TRUE(s.sink.nr_by_code[FAULT_OVERFLOW_RANGE] > 0);
	unload();
}

void test_sm_load_suite(void);
void test_sm_load_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "loads the data map", loads_the_data_map },
		{ "loads large counts", loads_large_counts },
		{ "loads the metadata map", loads_the_metadata_map },
		{ "a lost bitmap costs its own counts", a_lost_bitmap_costs_its_own_counts },
		{ "counts without overflow entry are unknown",
		  counts_without_overflow_entry_are_unknown },
		{ "a map of nothing", a_map_of_nothing },
		CU_TEST_INFO_NULL,
	};

	add_suite("sm_load", tests);
}
