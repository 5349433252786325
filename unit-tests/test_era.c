/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "salvage_parts.h"
#include "thin/era.h"
#include "thin/fit.h"
#include "thin/orphans.h"
#include "unit.h"

enum {
	LEAVES = 10,
	KNOTS = 8,
};

static void put(struct pool_image *i, uint32_t where, uint32_t at, uint64_t key, uint64_t value)
{
	struct node_disk *d = pool_image_block(i, where);

	d->keys[at] = cpu_to_le64(key);
	d->keys[node_max_entries(8) + at] = cpu_to_le64(value);
	d->header.nr_entries = cpu_to_le32(at + 1);
}

/* Nodes above leaves, each of which also points to all of these nodes. */
static uint32_t make_knots(struct pool_image *i)
{
	uint32_t leaves[LEAVES], knots[KNOTS];

	pool_image_init(i);
	for (uint32_t n = 0; n < LEAVES; n++)
		leaves[n] = pool_image_leaf(i, 10 * n, 100 + 10 * n, 10);
	for (uint32_t n = 0; n < KNOTS; n++)
		knots[n] = pool_image_node(i, leaves, LEAVES);
	for (uint32_t n = 0; n < KNOTS; n++) {
		for (uint32_t k = 0; k < KNOTS; k++)
			put(i, knots[n], LEAVES + k, 1000 + k, knots[k]);
		pool_image_reseal(i, knots[n]);
	}
	pool_image_device(i, 1, knots[0]);
	pool_image_finish(i);
	return knots[0];
}

/* By way of the others this would take some 8^12 steps. */
static void knots(void)
{
	struct salvage_parts p;
	uint32_t root = make_knots(&p.image);
	struct era era;
	enum fit fit;

	salvage_parts_init(&p);
	CU_ASSERT_EQUAL(p.s.scan.blocks[root].height, 1);
	CU_ASSERT_EQUAL(era_find(&p.s, root, NULL, &era), 0);
	CU_ASSERT_EQUAL(era.last, 0);
	CU_ASSERT_EQUAL(fit_judge(&p.s, root, &fit), 0);
	CU_ASSERT_EQUAL(fit, FIT_UNKNOWN);
	salvage_parts_exit(&p);
}

static void fits(void)
{
	const struct era written = { .known = true, .first = 5, .last = 9 };
	const struct era shared = { .last = 4 };
	struct thin_device d = { .creation_time = 5, .snapshotted_time = 5 };

	/* Its own data begins when the device was made; or, less sure, it ends just before. */
	CU_ASSERT_EQUAL(era_fit(&written, &d, 300), 300);
	CU_ASSERT_EQUAL(era_fit(&shared, &d, 300), 263);
	d.creation_time = 4;
	CU_ASSERT(era_fit(&written, &d, 300) < 300 && era_fit(&written, &d, 300) > 0);
	CU_ASSERT_EQUAL(era_fit(&shared, &d, 300), 75);
	d.creation_time = 6;
	CU_ASSERT_EQUAL(era_fit(&written, &d, 300), 0);
	CU_ASSERT(era_fit(&shared, &d, 300) < 263);
}

/* Two trees that share a leaf, and one of them has another: counts are lost. */
static void shared_without_counts(void)
{
	const struct census older = { .nr_roots = 0 };
	uint32_t leaves[2], roots[2];
	struct salvage_parts p;
	struct orphans o;
	struct era era;

	pool_image_init(&p.image);
	leaves[0] = pool_image_leaf(&p.image, 0, 100, 10);
	leaves[1] = pool_image_leaf(&p.image, 10, 200, 10);
	roots[0] = pool_image_node(&p.image, leaves, 1);
	roots[1] = pool_image_node(&p.image, leaves, 2);
	pool_image_device(&p.image, 1, roots[0]);
	pool_image_device(&p.image, 2, roots[1]);
	pool_image_finish(&p.image);
	salvage_parts_init(&p);
	CU_ASSERT_EQUAL_FATAL(orphans_init(&o, &p.s, &older), 0);
	CU_ASSERT_EQUAL(era_find(&p.s, roots[0], &o.shared, &era), 0);
	CU_ASSERT_FALSE(era.known);
	CU_ASSERT_EQUAL(era_find(&p.s, roots[1], &o.shared, &era), 0);
	CU_ASSERT(era.known);
	orphans_exit(&o);
	salvage_parts_exit(&p);
}

void test_era_suite(void);
void test_era_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "comes past each node once, whatever nodes say", knots },
		{ "does not take for its own what others have", shared_without_counts },
		{ "likes a device that was made when the tree was first written to", fits },
		CU_TEST_INFO_NULL,
	};

	add_suite("era", tests);
}
