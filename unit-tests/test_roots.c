/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>

#include "meta/thin_repair.h"

/*
 * What lvm2 leaves behind, the newest first.  Devices 1 and 2 are there, then 3
 * is made in transaction 2, which makes it 3; then 1 is deleted, which makes it 4.
 */
static struct thin_roots lvm[] = {
	{ .current = true, .transaction_id = 2, .transaction_min = 4, .transaction_max = 4,
	  .devices = 23, .nr_devices = 2, .nr_whole = 2 },
	{ .transaction_id = 2, .transaction_min = 2, .transaction_max = 4,
	  .devices = 23, .nr_devices = 2, .nr_whole = 2 },
	{ .transaction_id = 2, .transaction_min = 2, .transaction_max = 4,
	  .devices = 123, .nr_devices = 3, .nr_whole = 2 },
	{ .transaction_id = 2, .transaction_min = 2, .transaction_max = 4,
	  .devices = 123, .nr_devices = 3, .nr_whole = 3 },
	{ .transaction_id = 2, .transaction_min = 2, .transaction_max = 4,
	  .devices = 123, .nr_devices = 3, .nr_whole = 3 },
	{ .transaction_id = 1, .transaction_min = 1, .transaction_max = 4,
	  .devices = 12, .nr_devices = 2, .nr_whole = 2 },
	{ .transaction_id = 0, .transaction_min = 0, .transaction_max = 4,
	  .devices = 1, .nr_devices = 1, .nr_whole = 1 },
	{ .transaction_id = 0, .transaction_min = 0, .transaction_max = 4, .nr_devices = 0 },
};

static struct thin_roots_choice c;

static int choose(uint64_t id)
{
	const struct thin_roots_wish w = { .transaction_id = id };

	return thin_roots_choose(lvm, ARRAY_SIZE(lvm), &w, &c);
}

static void takes_what_a_superblock_says(void)
{
	CU_ASSERT_EQUAL(choose(4), 0);
	CU_ASSERT_EQUAL(c.index, 0);
	CU_ASSERT_TRUE(c.known);
	lvm[6].held = true;
	lvm[6].transaction_min = lvm[6].transaction_max = 1;
	CU_ASSERT_EQUAL(choose(1), 0);
	CU_ASSERT_EQUAL(c.index, 6);
	CU_ASSERT_TRUE(c.known);
	lvm[6].held = false;
	lvm[6].transaction_min = 0;
	lvm[6].transaction_max = 4;
}

/* Not number 1, whose devices are those of transaction 4, nor 2, which lacks something. */
static void undoes_a_deletion(void)
{
	CU_ASSERT_EQUAL(choose(3), 0);
	CU_ASSERT_EQUAL(c.index, 3);
	CU_ASSERT_EQUAL(c.nr, 6);
	CU_ASSERT_FALSE(c.known);
	CU_ASSERT_TRUE(c.whole);
}

static void knows_how_lvm2_counts(void)
{
	CU_ASSERT_EQUAL(choose(2), 0);
	CU_ASSERT_EQUAL(c.index, 5);
	/* Others raise the number before they make a device. */
	lvm[0].transaction_id = 4;
	CU_ASSERT_EQUAL(choose(2), 0);
	CU_ASSERT_EQUAL(c.index, 3);
	lvm[0].transaction_id = 2;
}

static void takes_the_devices_that_are_named(void)
{
	struct thin_roots_wish w = { .transaction_id = 4, .has_devices = true, .devices = 12 };

	CU_ASSERT_EQUAL(thin_roots_choose(lvm, ARRAY_SIZE(lvm), &w, &c), 0);
	CU_ASSERT_EQUAL(c.index, 5);
	w.devices = 13;
	CU_ASSERT_EQUAL(thin_roots_choose(lvm, ARRAY_SIZE(lvm), &w, &c), -ENOENT);
	CU_ASSERT_EQUAL(c.nr, 0);
}

static void takes_nothing_else(void)
{
	CU_ASSERT_EQUAL(choose(5), -ENOENT);
	CU_ASSERT_EQUAL(thin_roots_choose(NULL, 0, &(struct thin_roots_wish){ 0 }, &c), -ENOENT);
	/* Nor a pool without devices. */
	CU_ASSERT_EQUAL(choose(0), 0);
	CU_ASSERT_EQUAL(c.index, 6);
}

static void tells_sets_of_devices_apart(void)
{
	static const uint32_t ids[] = { 0, 0, 1, 2, 256, 16777215 };

	for (unsigned i = 0; i < ARRAY_SIZE(ids); i++)
		for (unsigned k = 1; i + k <= ARRAY_SIZE(ids); k++) {
			CHECK_IN(i, thin_roots_devices(ids + i, k) !=
				 thin_roots_devices(ids + i, k - 1));
			CHECK_IN(i, i < 1 || thin_roots_devices(ids + i, k) !=
				 thin_roots_devices(ids + i - 1, k) || ids[i] == ids[i - 1]);
		}
}

static CU_TestInfo tests[] = {
	{ "takes what a superblock says", takes_what_a_superblock_says },
	{ "undoes a deletion", undoes_a_deletion },
	{ "knows how lvm2 counts", knows_how_lvm2_counts },
	{ "takes the devices that are named", takes_the_devices_that_are_named },
	{ "takes nothing else", takes_nothing_else },
	{ "tells sets of devices apart", tells_sets_of_devices_apart },
	CU_TEST_INFO_NULL
};

void test_roots_suite(void);

void test_roots_suite(void)
{
	add_suite("roots", tests);
}
