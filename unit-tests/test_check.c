/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must stay good, options, and faults that only the whole shows. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "pdata/bitmap.h"

static struct pool pool;

static void *at(enum pool_block b)
{
	return disk_block(&pool.disk, pool.at[b]);
}

static struct thin_check_report *check(void)
{
	return check_disk(&pool.disk, 1);
}

/* Takes the pool down as well. */
static void expect_nothing(void)
{
	struct thin_check_report *rep = check();

	print_report(rep);
	CU_ASSERT_EQUAL(rep->nr_faults, 0);
	CU_ASSERT_TRUE(thin_check_is_good(rep, false));
	thin_check_free(rep);
	pool_exit(&pool);
}

static bool has(const struct thin_check_report *rep, enum fault_code code, uint64_t where,
		uint32_t dev_id)
{
	for (size_t i = 0; i < rep->nr_faults; i++)
		if (rep->faults[i].code == code && rep->faults[i].where == where &&
		    rep->faults[i].dev_id == dev_id)
			return true;
	return false;
}

static bool has_only(const struct thin_check_report *rep, enum fault_code code)
{
	for (size_t i = 0; i < rep->nr_faults; i++)
		if (rep->faults[i].code != code)
			return false;
	return rep->nr_faults;
}

static void a_sound_pool_has_no_faults(void)
{
	struct thin_check_report *rep;

	pool_init(&pool);
	rep = check();
	print_report(rep);
	CU_ASSERT_EQUAL(rep->nr_faults, 0);
	CU_ASSERT_EQUAL(rep->nr_losses, 0);
	CU_ASSERT_TRUE(thin_check_is_good(rep, false));
	CU_ASSERT_EQUAL(rep->nr_devices, POOL_NR_DEVS);
	CU_ASSERT_EQUAL(rep->nr_mapped, 200 + 3 * 350 + 166 * 10);
	CU_ASSERT_TRUE(rep->counted);
	CU_ASSERT_TRUE(rep->has_sb);
	CU_ASSERT_EQUAL(rep->sb.transaction_id, POOL_TRANSACTION);
	CU_ASSERT_TRUE(rep->metadata_free > 300 && rep->metadata_free < 512);
	thin_check_free(rep);
	thin_check_free(NULL);
	pool_exit(&pool);
}

static void the_kernels_count_of_free_is_good(void)
{
	uint8_t *value;

	pool_init(&pool);
	value = node_value_at(at(POOL_INDEX_LEAF1), 59);
	put32(value + 8, 16320);
	put32(value + 12, 0);
	reseal(at(POOL_INDEX_LEAF1), NODE_SALT);
	value = (uint8_t *)at(POOL_META_INDEX) + 16;
	put32(value + 8, get32(value + 8) + 16320 - 512);
	put32(value + 12, 3);
	reseal(at(POOL_META_INDEX), INDEX_SALT);
	expect_nothing();
}

/* Key 0 of a parent may be below what the child begins with. */
static void a_low_parent_key_is_good(void)
{
	pool_init(&pool);
	put64(node_key_at(at(POOL_DEV0_LEAF), 0), 0);
	for (uint32_t i = 0; i < 100; i++)
		put64(node_key_at(at(POOL_DEV0_LEAF1), i), 150 + i);
	reseal(at(POOL_DEV0_LEAF1), NODE_SALT);
	expect_nothing();
}

static void a_root_with_one_child_is_good(void)
{
	struct thin_details_disk *d;

	pool_init(&pool);
	put32((uint8_t *)at(POOL_DEV0_ROOT) + 16, 1);
	reseal(at(POOL_DEV0_ROOT), NODE_SALT);
	d = node_value_at(at(POOL_DETAILS_LEAF), 0);
	d->mapped_blocks = cpu_to_le64(100);
	reseal(at(POOL_DETAILS_LEAF), NODE_SALT);
	pool_count(&pool);
	expect_nothing();
}

static void a_device_without_mappings_is_good(void)
{
	pool_init(&pool);
	put32((uint8_t *)at(POOL_MANY_LEAF) + 16, 0);
	reseal(at(POOL_MANY_LEAF), NODE_SALT);
	for (unsigned i = 0; i < 85; i++) {
		if (i > 3)
			put64(node_value_at(at(POOL_DETAILS_LEAF), i), 0);
		put64(node_value_at(at(POOL_DETAILS_LEAF1), i), 0);
		if (i < 84)
			put64(node_value_at(at(POOL_HELD_DETAILS_LEAF), i), 0);
	}
	reseal(at(POOL_DETAILS_LEAF), NODE_SALT);
	reseal(at(POOL_DETAILS_LEAF1), NODE_SALT);
	reseal(at(POOL_HELD_DETAILS_LEAF), NODE_SALT);
	pool_count(&pool);
	expect_nothing();
}

static void a_larger_device_is_good(void)
{
	struct thin_sb_disk *d;

	pool_init(&pool);
	/* As if it had been grown: the map covers less than the device. */
	d = at(POOL_SB);
	d->metadata_nr_blocks = cpu_to_le64(100);
	reseal(d, THIN_SB_SALT);
	expect_nothing();
}

static void no_snapshot_is_good(void)
{
	pool_init_without_held(&pool);
	expect_nothing();
}

static void a_smaller_device_is_not_good(void)
{
	struct thin_check_report *rep;

	pool_init(&pool);
	pool.disk.engine.size -= META_BLOCK_SIZE;
	rep = check();
	CU_ASSERT_TRUE(has(rep, FAULT_SB_DEVICE_SIZE, 0, FAULT_NO_DEV));
	thin_check_free(rep);
	pool.disk.engine.size = META_BLOCK_SIZE - 1;
	rep = check();
	CU_ASSERT_TRUE(rep->nr_faults == 1 && !rep->has_sb);
	thin_check_free(rep);
	pool.disk.engine.size = 0;
	rep = check();
	CU_ASSERT_FALSE(thin_check_is_good(rep, true));
	thin_check_free(rep);
	pool_exit(&pool);
}

/* Counts are right, and still two addresses of one device have one block. */
static void a_block_mapped_twice_by_one_device(void)
{
	struct thin_check_report *rep;

	pool_init(&pool);
	put64(node_value_at(at(POOL_DEV0_LEAF), 7), thin_mapping_pack(1150, 5));
	reseal(at(POOL_DEV0_LEAF), NODE_SALT);
	pool_count(&pool);
	rep = check();
	CU_ASSERT_TRUE(has(rep, FAULT_MAPPING_TWICE, pool.at[POOL_DEV0_LEAF], 0) ||
		       has(rep, FAULT_MAPPING_TWICE, pool.at[POOL_DEV0_LEAF1], 0));
	CU_ASSERT_FALSE(thin_check_is_good(rep, true));
	thin_check_free(rep);
	pool_exit(&pool);
}

/* Two devices may have one block at different addresses: unusual, not wrong. */
static void a_block_at_two_addresses_of_two_devices_is_good(void)
{
	pool_init(&pool);
	put64(node_value_at(at(POOL_HELD_LEAF), 3), thin_mapping_pack(5, 1));
	reseal(at(POOL_HELD_LEAF), NODE_SALT);
	pool_count(&pool);
	expect_nothing();
}

static void a_shared_block_that_counts_as_own(void)
{
	struct thin_check_report *rep;

	pool_init(&pool);
	/* Device 0 was never in a snapshot, so it takes all as its own. */
	put64(node_value_at(at(POOL_DEV0_LEAF), 7), thin_mapping_pack(250, 5));
	reseal(at(POOL_DEV0_LEAF), NODE_SALT);
	pool_count(&pool);
	rep = check();
	CU_ASSERT_TRUE(has_only(rep, FAULT_MAPPING_SHARED));
	CU_ASSERT_TRUE(has(rep, FAULT_MAPPING_SHARED, pool.at[POOL_DEV0_LEAF], 0));
	thin_check_free(rep);
	pool_exit(&pool);
}

/* The second look must not stumble over what the first could not read. */
static void a_suspect_beside_damage(void)
{
	struct thin_check_report *rep;

	pool_init(&pool);
	put64(node_value_at(at(POOL_DEV0_LEAF), 7), thin_mapping_pack(250, 5));
	reseal(at(POOL_DEV0_LEAF), NODE_SALT);
	pool_count(&pool);
	memset(at(POOL_DEV1_ROOT), 1, 100);
	rep = check();
	CU_ASSERT_TRUE(has(rep, FAULT_MAPPING_SHARED, pool.at[POOL_DEV0_LEAF], 0));
	CU_ASSERT_TRUE(has(rep, FAULT_BLOCK_CSUM, pool.at[POOL_DEV1_ROOT], 1));
	CU_ASSERT_EQUAL(rep->nr_losses, 1);
	thin_check_free(rep);
	pool_exit(&pool);
}

/* What only the metadata snapshot shares is not shared between devices. */
static void a_block_of_the_snapshot_may_count_as_own(void)
{
	pool_init(&pool);
	put64(node_value_at(at(POOL_DEV0_LEAF), 7), thin_mapping_pack(803, 5));
	reseal(at(POOL_DEV0_LEAF), NODE_SALT);
	pool_count(&pool);
	expect_nothing();
}

static void tells_what_each_device_lost(void)
{
	struct thin_check_report *rep;

	pool_init(&pool);
	memset(at(POOL_SHARED_LEAF), 1, 100);
	memset(at(POOL_DEV0_LEAF1), 1, 100);
	rep = check();
	CU_ASSERT_EQUAL_FATAL(rep->nr_losses, 4);
	for (uint32_t i = 0; i < 4; i++) {
		const struct thin_loss *l = &rep->losses[i];

		CHECK_IN(i, l->dev_id == i);
		CHECK_IN(i, l->where == pool.at[i ? POOL_SHARED_LEAF : POOL_DEV0_LEAF1]);
		CHECK_IN(i, l->begin == (i ? 0 : 100) && l->end == (i ? 200 : UINT64_MAX));
	}
	CU_ASSERT_TRUE(has(rep, FAULT_BLOCK_CSUM, pool.at[POOL_SHARED_LEAF], 1));
	CU_ASSERT_TRUE(rep->faults[0].code == FAULT_BLOCK_CSUM);
	CU_ASSERT_EQUAL(rep->nr_faults, 2);
	thin_check_free(rep);
	pool_exit(&pool);
}

/* Threads must not change what is found. */
static void threads_find_the_same(void)
{
	struct thin_check_report *one, *four;

	pool_init(&pool);
	memset(at(POOL_SHARED_LEAF), 1, 100);
	put64(node_value_at(at(POOL_DEV0_LEAF), 7), thin_mapping_pack(250, 9));
	reseal(at(POOL_DEV0_LEAF), NODE_SALT);
	memset(at(POOL_DATA_BITMAP_LAST), 0, 4);
	one = check_disk(&pool.disk, 1);
	for (unsigned round = 0; round < 5; round++) {
		four = check_disk(&pool.disk, 4);
		CU_ASSERT_EQUAL_FATAL(four->nr_faults, one->nr_faults);
		for (size_t i = 0; i < one->nr_faults; i++)
			CHECK_IN(i, !fault_compare(&one->faults[i], &four->faults[i]));
		thin_check_free(four);
	}
	thin_check_free(one);
	pool_exit(&pool);
}

static int run(const struct thin_check_opts *o, struct thin_check_report **rep)
{
	return thin_check(&pool.disk.engine, o, rep);
}

static void the_superblock_only(void)
{
	const struct thin_check_opts o = { .nr_threads = 1, .super_block_only = true };
	struct thin_check_report *rep;

	pool_init(&pool);
	memset(at(POOL_TOP_ROOT), 1, 100);
	memset(at(POOL_HELD_SB), 1, 100);
	CU_ASSERT_EQUAL_FATAL(run(&o, &rep), 0);
	CU_ASSERT_EQUAL(rep->nr_faults, 0);
	CU_ASSERT_TRUE(thin_check_is_good(rep, false) && rep->has_sb);
	thin_check_free(rep);
	CU_ASSERT_EQUAL(pool.disk.nr_blocks_read, 1);
	memset(at(POOL_SB), 1, 100);
	CU_ASSERT_EQUAL_FATAL(run(&o, &rep), 0);
	CU_ASSERT_FALSE(thin_check_is_good(rep, false) || rep->has_sb);
	thin_check_free(rep);
	pool_exit(&pool);
}

static void devices_only(void)
{
	const struct thin_check_opts o = { .nr_threads = 1, .skip_mappings = true };
	struct thin_check_report *rep;

	pool_init(&pool);
	memset(at(POOL_DEV0_ROOT), 1, 100);
	memset(at(POOL_DATA_BITMAP), 1, 100);
	CU_ASSERT_EQUAL_FATAL(run(&o, &rep), 0);
	CU_ASSERT_EQUAL(rep->nr_faults, 0);
	CU_ASSERT_EQUAL(rep->nr_devices, POOL_NR_DEVS);
	CU_ASSERT_FALSE(rep->counted);
	thin_check_free(rep);
	memset(at(POOL_TOP_LEAF), 1, 100);
	CU_ASSERT_EQUAL_FATAL(run(&o, &rep), 0);
	CU_ASSERT_TRUE(has_only(rep, FAULT_BLOCK_CSUM));
	thin_check_free(rep);
	pool_exit(&pool);
}

static void the_metadata_snapshot(void)
{
	const struct thin_check_opts o = { .nr_threads = 1, .metadata_snap = true };
	struct thin_sb_disk *d;
	struct thin_check_report *rep;

	pool_init(&pool);
	memset(at(POOL_TOP_ROOT), 1, 100);
	memset(at(POOL_META_BITMAP), 1, 100);
	CU_ASSERT_EQUAL_FATAL(run(&o, &rep), 0);
	CU_ASSERT_EQUAL(rep->nr_faults, 0);
	CU_ASSERT_EQUAL(rep->nr_devices, POOL_NR_DEVS);
	thin_check_free(rep);
	memset(at(POOL_HELD_LEAF), 1, 100);
	CU_ASSERT_EQUAL_FATAL(run(&o, &rep), 0);
	CU_ASSERT_TRUE(has_only(rep, FAULT_BLOCK_CSUM));
	CU_ASSERT_TRUE(has(rep, FAULT_BLOCK_CSUM, pool.at[POOL_HELD_LEAF], 169));
	thin_check_free(rep);
	memset(at(POOL_HELD_SB), 1, 100);
	CU_ASSERT_EQUAL_FATAL(run(&o, &rep), 0);
	CU_ASSERT_FALSE(thin_check_is_good(rep, true));
	thin_check_free(rep);
	d = at(POOL_SB);
	d->held_root = 0;
	reseal(d, THIN_SB_SALT);
	CU_ASSERT_EQUAL(run(&o, &rep), -ENODATA);
	pool_exit(&pool);
}

static void roots_of_the_callers_choice(void)
{
	struct thin_check_opts o = {
		.nr_threads = 1, .has_mapping_root = true, .has_details_root = true,
	};
	struct thin_check_report *rep;

	pool_init(&pool);
	memset(at(POOL_TOP_ROOT), 1, 100);
	o.mapping_root = pool.at[POOL_HELD_TOP];
	o.details_root = pool.at[POOL_HELD_DETAILS];
	CU_ASSERT_EQUAL_FATAL(run(&o, &rep), 0);
	CU_ASSERT_EQUAL(rep->nr_faults, 0);
	CU_ASSERT_FALSE(rep->counted);
	thin_check_free(rep);
	o.mapping_root = UINT64_MAX;
	CU_ASSERT_EQUAL_FATAL(run(&o, &rep), 0);
	CU_ASSERT_TRUE(has_only(rep, FAULT_PTR_RANGE));
	thin_check_free(rep);
	pool_exit(&pool);
}

static void note(void *arg, const struct thin_check_report *rep)
{
	unsigned *nr = arg;

	*nr += rep->has_sb;
}

static void says_when_the_superblock_is_accepted(void)
{
	struct progress progress = { .done = 0 };
	unsigned nr = 0;
	const struct thin_check_opts o = {
		.nr_threads = 1, .accepted = note, .arg = &nr, .progress = &progress,
	};
	struct thin_check_report *rep;

	pool_init(&pool);
	CU_ASSERT_EQUAL_FATAL(run(&o, &rep), 0);
	CU_ASSERT_EQUAL(nr, 1);
	CU_ASSERT_TRUE(progress.total > 100 && progress.done > 100);
	thin_check_free(rep);
	memset(at(POOL_SB), 1, 8);
	CU_ASSERT_EQUAL_FATAL(run(&o, &rep), 0);
	CU_ASSERT_EQUAL(nr, 1);
	thin_check_free(rep);
	pool_exit(&pool);
}

void test_check_suite(void);
void test_check_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "a sound pool has no faults", a_sound_pool_has_no_faults },
		{ "the kernel's count of free entries is good", the_kernels_count_of_free_is_good },
		{ "a parent's key below its child's first is good", a_low_parent_key_is_good },
		{ "an inner root with one child is good", a_root_with_one_child_is_good },
		{ "devices without mappings are good", a_device_without_mappings_is_good },
		{ "a device that has grown is good", a_larger_device_is_good },
		{ "no metadata snapshot is good", no_snapshot_is_good },
		{ "a device that has shrunk is not good", a_smaller_device_is_not_good },
		{ "one device maps a block twice", a_block_mapped_twice_by_one_device },
		{ "a block at different addresses of two devices is good",
		  a_block_at_two_addresses_of_two_devices_is_good },
		{ "a shared block counts as a device's own", a_shared_block_that_counts_as_own },
		{ "a shared block is found beside damage", a_suspect_beside_damage },
		{ "a block of the metadata snapshot may count as own",
		  a_block_of_the_snapshot_may_count_as_own },
		{ "tells what each device lost", tells_what_each_device_lost },
		{ "threads find the same", threads_find_the_same },
		{ "looks at the superblock only", the_superblock_only },
		{ "looks at devices only", devices_only },
		{ "looks at the metadata snapshot", the_metadata_snapshot },
		{ "looks below roots of the caller's choice", roots_of_the_callers_choice },
		{ "says when the superblock is accepted", says_when_the_superblock_is_accepted },
		CU_TEST_INFO_NULL,
	};

	add_suite("check", tests);
}
