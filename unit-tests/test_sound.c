/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "emit_text.h"
#include "fixture.h"
#include "meta/thin_repair.h"
#include "unit.h"

static struct pool pool;

static void *at(enum pool_block b)
{
	return disk_block(&pool.disk, pool.at[b]);
}

/* A pool without a metadata snapshot, which would be left out. */
static void begin(void)
{
	pool_init_without_held(&pool);
	pool.disk.nr_blocks_read = 0;
}

static struct thin_salvage *repair(const struct thin_repair_opts *o)
{
	struct thin_salvage *s = NULL;

	CU_ASSERT_EQUAL_FATAL(thin_salvage_new(&pool.disk.engine, o, &s), 0);
	return s;
}

static const struct thin_repair_opts none = { .nr_threads = 1 };

/* To override what the superblock says with the same makes it look for everything. */
static const struct thin_repair_opts all = {
	.nr_threads = 1,
	.overrides = { .has_transaction_id = true, .transaction_id = POOL_TRANSACTION },
};

static void reads_what_is_in_use(void)
{
	struct thin_salvage *s;
	struct fault f;
	uint64_t once;

	begin();
	s = repair(&none);
	once = pool.disk.nr_blocks_read;
	CU_ASSERT_TRUE(once < POOL_NR_BLOCKS);
	/* How much room it takes is known without the leaves. */
	CU_ASSERT_EQUAL(thin_salvage_write(s, NULL, &f), 0);
	CU_ASSERT_TRUE(pool.disk.nr_blocks_read < 2 * once);
	thin_salvage_free(s);
	pool_exit(&pool);
}

static void reads_all_of_what_is_not(void)
{
	struct thin_salvage *s;

	begin();
	s = repair(&all);
	CU_ASSERT_TRUE(pool.disk.nr_blocks_read >= POOL_NR_BLOCKS);
	CU_ASSERT_EQUAL(thin_salvage_report(s)->nr_findings, 0);
	thin_salvage_free(s);

	pool.disk.nr_blocks_read = 0;
	memset(at(POOL_DEV0_LEAF), 0, META_BLOCK_SIZE);
	s = repair(&none);
	CU_ASSERT_TRUE(pool.disk.nr_blocks_read >= POOL_NR_BLOCKS);
	CU_ASSERT_TRUE(thin_salvage_report(s)->nr_findings > 0);
	thin_salvage_free(s);
	pool_exit(&pool);
}

static void compare_devices(const struct thin_repair_report *a, const struct thin_repair_report *b)
{
	CU_ASSERT_EQUAL_FATAL(a->nr_devices, b->nr_devices);
	CU_ASSERT_EQUAL(a->nr_devices, POOL_NR_DEVS);
	for (size_t i = 0; i < a->nr_devices; i++) {
		const struct thin_device *x = &a->devices[i].device, *y = &b->devices[i].device;

		CHECK_IN(i, x->dev_id == y->dev_id && x->mapped_blocks == y->mapped_blocks);
		CHECK_IN(i, x->transaction_id == y->transaction_id);
		CHECK_IN(i, x->creation_time == y->creation_time);
		CHECK_IN(i, x->snapshotted_time == y->snapshotted_time);
		CHECK_IN(i, a->devices[i].mapped_before == b->devices[i].mapped_before);
	}
}

static void compare_pools(const struct thin_repair_report *a, const struct thin_repair_report *b)
{
	CU_ASSERT_EQUAL(a->pool.time, POOL_TIME);
	CU_ASSERT_EQUAL(a->pool.time, b->pool.time);
	CU_ASSERT_EQUAL(a->pool.flags, b->pool.flags);
	CU_ASSERT_EQUAL(a->pool.version, b->pool.version);
	CU_ASSERT_EQUAL(a->pool.transaction_id, b->pool.transaction_id);
	CU_ASSERT_EQUAL(a->pool.data_block_size, b->pool.data_block_size);
	CU_ASSERT_EQUAL(a->pool.nr_data_blocks, b->pool.nr_data_blocks);
	CU_ASSERT_EQUAL(a->mapping_root, b->mapping_root);
	CU_ASSERT_EQUAL(a->details_root, b->details_root);
	CU_ASSERT_EQUAL(a->nr_mappings, b->nr_mappings);
	CU_ASSERT_EQUAL(a->nr_needed, b->nr_needed);
	CU_ASSERT_EQUAL(a->nr_findings, 0);
	CU_ASSERT_EQUAL(b->nr_findings, 0);
}

static void write_to(struct disk *d, struct thin_salvage *s)
{
	struct fault f;

	disk_init(d, 2 * POOL_NR_BLOCKS);
	CU_ASSERT_EQUAL(thin_salvage_write(s, &d->engine, &f), 0);
}

/* In all respects: report, output, and what is known to be needed for it. */
static void is_the_same(void)
{
	struct thin_salvage *a, *b;
	struct disk x, y;

	begin();
	a = repair(&none);
	b = repair(&all);
	write_to(&x, a);
	write_to(&y, b);
	compare_pools(thin_salvage_report(a), thin_salvage_report(b));
	compare_devices(thin_salvage_report(a), thin_salvage_report(b));
	CU_ASSERT_TRUE(!memcmp(x.data, y.data, x.nr_blocks * META_BLOCK_SIZE));
	/* Once more, as counts are taken anew. */
	disk_exit(&y);
	write_to(&y, a);
	CU_ASSERT_TRUE(!memcmp(x.data, y.data, x.nr_blocks * META_BLOCK_SIZE));
	disk_exit(&x);
	disk_exit(&y);
	thin_salvage_free(a);
	thin_salvage_free(b);
	pool_exit(&pool);
}

static CU_TestInfo tests[] = {
	{ "reads of a sound pool what is in use", reads_what_is_in_use },
	{ "reads all where anything is wrong or wanted", reads_all_of_what_is_not },
	{ "comes to the same as looking for everything", is_the_same },
	CU_TEST_INFO_NULL
};

void test_sound_suite(void);

void test_sound_suite(void)
{
	add_suite("sound", tests);
}
