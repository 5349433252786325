/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "pdata/bitmap.h"

static struct pool pool;

static void *at(enum pool_block b)
{
	return disk_block(&pool.disk, pool.at[b]);
}

static void set_count(enum pool_block bitmap, uint32_t block, unsigned count)
{
	bitmap_set(at(bitmap), block, count);
	reseal(at(bitmap), BITMAP_SALT);
}

static bool is_good(bool tolerate_leaks, uint64_t *nr_mapped)
{
	struct thin_check_report *rep = check_disk(&pool.disk, 1);
	bool good = thin_check_is_good(rep, tolerate_leaks);

	*nr_mapped = rep->nr_mapped;
	thin_check_free(rep);
	return good;
}

/* Leaks of each kind; names the n-th, false behind the last. */
static bool leak(unsigned n)
{
	struct thin_sb_disk *sb = at(POOL_SB);

	switch (n) {
	case 0:				/* a data block that nobody maps */
		set_count(POOL_DATA_BITMAP, 4000, 1);
		return true;
	case 1:				/* a count of 2 for one mapping */
		set_count(POOL_DATA_BITMAP, 5, 2);
		return true;
	case 2:				/* too high in the overflow tree */
		put32(node_value_at(at(POOL_DATA_OVER_LEAF), 7), 9);
		reseal(at(POOL_DATA_OVER_LEAF), NODE_SALT);
		return true;
	case 3:				/* a metadata block that nothing points to */
		set_count(POOL_META_BITMAP, 400, 2);
		return true;
	case 4:
		put32(node_value_at(at(POOL_META_OVER), 1), 300);
		reseal(at(POOL_META_OVER), NODE_SALT);
		return true;
	case 5:
		sb->data_sm.root.nr_allocated = 0;
		reseal(sb, THIN_SB_SALT);
		return true;
	case 6:
		sb->metadata_sm.root.nr_allocated = 0;
		reseal(sb, THIN_SB_SALT);
		return true;
	case 7:
		put32((uint8_t *)node_value_at(at(POOL_INDEX_LEAF), 3) + 8, 5);
		reseal(at(POOL_INDEX_LEAF), NODE_SALT);
		return true;
	case 8:				/* in the last bitmap */
		set_count(POOL_DATA_BITMAP_LAST, 999, 1);
		return true;
	case 9:				/* the metadata snapshot went away */
		sb->held_root = 0;
		reseal(sb, THIN_SB_SALT);
		return true;
	default:
		return false;
	}
}

static void gives_each_kind_back(void)
{
	uint64_t before, after;

	for (unsigned n = 0;; n++) {
		pool_init(&pool);
		if (!leak(n))
			break;
		CHECK_IN(n, is_good(true, &before));
		CHECK_IN(n, !is_good(false, &after));
		CHECK_IN(n, !repair_in_place(&pool.disk.engine, THIN_MEND_LEAKS, 1));
		CHECK_IN(n, is_good(false, &after) && after == before);
		pool_exit(&pool);
	}
	pool_exit(&pool);
}

static void leak_all(void)
{
	pool_init(&pool);
	for (unsigned n = 0; leak(n); n++)
		;
}

static void gives_all_back_at_once(void)
{
	uint64_t before, after;

	leak_all();
	CU_ASSERT_TRUE(is_good(true, &before));
	CU_ASSERT_EQUAL(repair_in_place(&pool.disk.engine, THIN_MEND_LEAKS, 4), 0);
	CU_ASSERT_TRUE(is_good(false, &after));
	CU_ASSERT_EQUAL(before, after);

	/* There is nothing left to do. */
	pool.disk.nr_writes = 0;
	CU_ASSERT_EQUAL(repair_in_place(&pool.disk.engine, THIN_MEND_LEAKS, 1), 0);
	CU_ASSERT_EQUAL(pool.disk.nr_writes, 0);
	pool_exit(&pool);
}

/* Whenever the power fails, the old or the new state is there. */
static void survives_a_crash_at_each_write(void)
{
	uint64_t mapped, whole;
	bool done = false;

	leak_all();
	is_good(true, &whole);
	pool_exit(&pool);
	for (unsigned writes = 0; !done && writes < 500; writes++) {
		leak_all();
		pool.disk.most_writes = writes;
		done = !repair_in_place(&pool.disk.engine, THIN_MEND_LEAKS, 1);
		pool.disk.most_writes = UINT64_MAX;
		CHECK_IN(writes, is_good(true, &mapped) && mapped == whole);
		CHECK_IN(writes, !done || is_good(false, &mapped));
		CHECK_IN(writes, !repair_in_place(&pool.disk.engine, THIN_MEND_LEAKS, 1));
		CHECK_IN(writes, is_good(false, &mapped) && mapped == whole);
		pool_exit(&pool);
	}
	CU_ASSERT_TRUE(done);
}

static void clears_needs_check(void)
{
	struct thin_sb_disk *sb;

	leak_all();
	sb = at(POOL_SB);
	sb->flags = cpu_to_le32(THIN_SB_NEEDS_CHECK | 8);
	reseal(sb, THIN_SB_SALT);
	CU_ASSERT_EQUAL(repair_in_place(&pool.disk.engine, THIN_MEND_LEAKS, 1), 0);
	sb = at(POOL_SB);
	CU_ASSERT_EQUAL(sb->flags, cpu_to_le32(8));
	pool_exit(&pool);
}

static void the_flag_alone_changes_five_bytes(void)
{
	static uint8_t before[META_BLOCK_SIZE];
	struct thin_sb_disk *sb;
	unsigned nr = 0;

	pool_init(&pool);
	CU_ASSERT_EQUAL(repair_in_place(&pool.disk.engine, THIN_MEND_FLAG, 1), 0);
	CU_ASSERT_EQUAL(pool.disk.nr_writes, 0);
	sb = at(POOL_SB);
	memcpy(before, sb, sizeof(before));
	sb->flags = cpu_to_le32(THIN_SB_NEEDS_CHECK);
	reseal(sb, THIN_SB_SALT);
	CU_ASSERT_EQUAL(repair_in_place(&pool.disk.engine, THIN_MEND_FLAG, 1), 0);
	CU_ASSERT_EQUAL(pool.disk.nr_writes, 1);
	CU_ASSERT_FALSE(memcmp(before, sb, sizeof(before)));

	memset(before, 0, sizeof(before));
	sb->csum ^= 1;
	CU_ASSERT_NOT_EQUAL(repair_in_place(&pool.disk.engine, THIN_MEND_FLAG, 1), 0);
	for (unsigned b = 0; b < NR_POOL_BLOCKS; b++)
		nr += !memcmp(before, at(b), sizeof(before));
	CU_ASSERT_EQUAL(nr, 0);
	pool_exit(&pool);
}

static void refuses_what_is_worse(void)
{
	for (unsigned n = 0; n < 4; n++) {
		leak_all();
		switch (n) {
		case 0:
			set_count(POOL_DATA_BITMAP, 5, 0);
			break;
		case 1:
			memset(at(POOL_DEV0_LEAF), 1, 10);
			break;
		case 2:
			memset(at(POOL_SB), 1, 10);
			break;
		default:
			bits_add(&pool.disk.unreadable, pool.at[POOL_DATA_BITMAP]);
		}
		CHECK_IN(n, repair_in_place(&pool.disk.engine, THIN_MEND_LEAKS, 1) == -EUCLEAN);
		CHECK_IN(n, pool.disk.nr_writes == 0);
		pool_exit(&pool);
	}
}

static void refuses_without_room(void)
{
	struct thin_sb_disk *sb;
	uint64_t mapped;

	leak_all();
	sb = at(POOL_SB);
	/* Just what is in use. */
	sb->metadata_sm.root.nr_blocks = cpu_to_le64(pool.at[POOL_HELD_SB] + 1);
	sb->metadata_nr_blocks = 0;
	reseal(sb, THIN_SB_SALT);
	CU_ASSERT_TRUE(is_good(true, &mapped));
	CU_ASSERT_EQUAL(repair_in_place(&pool.disk.engine, THIN_MEND_LEAKS, 1), -ENOSPC);
	CU_ASSERT_TRUE(is_good(true, &mapped));
	pool_exit(&pool);
}

void test_leaks_suite(void);
void test_leaks_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "gives each kind of leak back", gives_each_kind_back },
		{ "gives all back at once", gives_all_back_at_once },
		{ "survives a crash at each write", survives_a_crash_at_each_write },
		{ "clears needs_check and no other flag", clears_needs_check },
		{ "changes nothing else for the flag alone", the_flag_alone_changes_five_bytes },
		{ "refuses what is worse than leaks", refuses_what_is_worse },
		{ "refuses without room and changes nothing", refuses_without_room },
		CU_TEST_INFO_NULL,
	};

	add_suite("leaks", tests);
}
