/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "salvage_parts.h"
#include "thin/adopt.h"
#include "thin/counts.h"
#include "thin/remains.h"
#include "unit.h"

/* A node above two leaves. */
static uint32_t make(struct pool_image *i, uint32_t leaves[2])
{
	uint32_t root;

	pool_image_init(i);
	leaves[0] = pool_image_leaf(i, 0, 100, 10);
	leaves[1] = pool_image_leaf(i, 10, 200, 10);
	root = pool_image_node(i, leaves, 2);
	pool_image_device(i, 1, root);
	pool_image_finish(i);
	return root;
}

static void names_children(void)
{
	struct hole h = { .height = 1 };
	struct salvage_parts p;
	struct node_disk *d;
	uint32_t leaves[2];

	h.was = make(&p.image, leaves);
	d = pool_image_block(&p.image, (uint32_t)h.was);
	/* A key that is no leaf's first any more, and the checksum wrong with it. */
	d->keys[1] = cpu_to_le64(11);
	salvage_parts_init(&p);
	CU_ASSERT_EQUAL(remains_find_hints(&p.s, &h), 0);
	CU_ASSERT_EQUAL(h.nr_hints, 1);
	CU_ASSERT(remains_has_hint(&h, leaves[0]));
	CU_ASSERT_FALSE(remains_has_hint(&h, leaves[1]));
	free(h.hints);
	salvage_parts_exit(&p);
}

static void of_another_block(void)
{
	struct hole h = { .height = 1 };
	struct salvage_parts p;
	struct node_disk *d;
	uint32_t leaves[2];

	h.was = make(&p.image, leaves);
	d = pool_image_block(&p.image, (uint32_t)h.was);
	d->header.where = cpu_to_le64(h.was + 257);
	salvage_parts_init(&p);
	CU_ASSERT_EQUAL(remains_find_hints(&p.s, &h), 0);
	CU_ASSERT_EQUAL(h.nr_hints, 0);
	/* Nor does a leaf have children. */
	h = (struct hole){ .was = leaves[0] };
	CU_ASSERT_EQUAL(remains_find_hints(&p.s, &h), 0);
	CU_ASSERT_EQUAL(h.nr_hints, 0);
	salvage_parts_exit(&p);
}

/* Both device trees are lost: what is counted is a device. */
static void adopts(void)
{
	const struct census older = { .nr_roots = 0 };
	uint8_t counts[POOL_IMAGE_BLOCKS] = { 0 };
	struct salvage_parts p;
	uint32_t leaves[2], root;
	struct orphans o;

	root = make(&p.image, leaves);
	memset(pool_image_block(&p.image, p.image.top), 0, META_BLOCK_SIZE);
	counts[root] = counts[leaves[0]] = counts[leaves[1]] = 1;
	salvage_parts_init(&p);
	salvage_parts_count(&p, counts);
	CU_ASSERT_EQUAL_FATAL(orphans_init(&o, &p.s, &older), 0);
	CU_ASSERT_EQUAL(adopt_trees(&o), 0);
	CU_ASSERT_EQUAL_FATAL(p.s.nr_devices, 1);
	CU_ASSERT_EQUAL(p.s.devices[0].root, root);
	CU_ASSERT(bits_has(&p.s.reached, leaves[0]) && bits_has(&p.s.reached, leaves[1]));
	orphans_exit(&o);
	salvage_parts_exit(&p);
}

/* What a few wrong bytes have left of the top-level leaf says which device is which. */
static void adopts_by_name(void)
{
	const struct census older = { .nr_roots = 0 };
	uint8_t counts[POOL_IMAGE_BLOCKS] = { 0 };
	struct pool_image *i;
	struct salvage_parts p;
	uint32_t leaves[3];
	struct orphans o;
	struct node_disk *d;

	i = &p.image;
	pool_image_init(i);
	for (unsigned n = 0; n < 3; n++) {
		leaves[n] = pool_image_leaf(i, 0, 100 * n, 10);
		counts[leaves[n]] = 1;
		pool_image_device(i, 4 + 2 * n, leaves[n]);
	}
	pool_image_finish(i);
	/* One of the ids cannot be, and the lowest free one is what it gets. */
	d = pool_image_block(i, i->top);
	d->keys[1] = cpu_to_le64(THIN_MAX_DEV_ID + 1ull);
	memset(pool_image_block(i, i->details), 0, META_BLOCK_SIZE);
	salvage_parts_init(&p);
	salvage_parts_count(&p, counts);
	p.s.has_sb = true;
	p.s.sb.mapping_root = i->top;
	CU_ASSERT_EQUAL_FATAL(orphans_init(&o, &p.s, &older), 0);
	CU_ASSERT_EQUAL(adopt_trees(&o), 0);
	CU_ASSERT_EQUAL_FATAL(p.s.nr_devices, 3);
	CU_ASSERT(p.s.devices[0].device.dev_id == 0 && p.s.devices[0].root == leaves[1]);
	CU_ASSERT(p.s.devices[1].device.dev_id == 4 && p.s.devices[1].root == leaves[0]);
	CU_ASSERT(p.s.devices[2].device.dev_id == 8 && p.s.devices[2].root == leaves[2]);
	CU_ASSERT_EQUAL(p.s.findings.all[0].code, THIN_FINDING_DEVICE_UNKNOWN);
	CU_ASSERT_EQUAL(p.s.findings.all[1].code, THIN_FINDING_DEVICE_FOUND);
	orphans_exit(&o);
	salvage_parts_exit(&p);
}

/* Its count is 0, so it is a leftover. */
static void does_not_adopt(void)
{
	const struct census older = { .nr_roots = 0 };
	uint8_t counts[POOL_IMAGE_BLOCKS] = { 0 };
	struct salvage_parts p;
	uint32_t leaves[2];
	struct orphans o;

	make(&p.image, leaves);
	salvage_parts_init(&p);
	salvage_parts_count(&p, counts);
	CU_ASSERT_EQUAL_FATAL(orphans_init(&o, &p.s, &older), 0);
	CU_ASSERT_EQUAL(adopt_trees(&o), 0);
	CU_ASSERT_EQUAL(p.s.nr_devices, 0);
	orphans_exit(&o);
	salvage_parts_exit(&p);
}

static void scans(void)
{
	const struct scan_block *b;
	struct salvage_parts p;
	uint32_t leaves[2], root = make(&p.image, leaves);

	memset(pool_image_block(&p.image, leaves[1]), 0, META_BLOCK_SIZE);
	salvage_parts_init(&p);
	b = scan_node(&p.s.scan, root, SCAN_MAPPINGS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT(b->height == 1 && b->nr == 2 && b->nr_below == 10 && !b->whole);
	b = scan_node(&p.s.scan, leaves[0], SCAN_MAPPINGS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT(!b->height && b->first == 0 && b->last == 9 && b->whole);
	CU_ASSERT_PTR_NULL(scan_node(&p.s.scan, leaves[1], SCAN_MAPPINGS));
	CU_ASSERT_PTR_NOT_NULL(scan_node(&p.s.scan, p.image.details, SCAN_DETAILS));
	CU_ASSERT_EQUAL(p.s.scan.highest, 109);
	salvage_parts_exit(&p);
}

static void counts_pointers(void)
{
	struct salvage_parts p;
	uint32_t leaves[2], root = make(&p.image, leaves);
	struct refs found;

	salvage_parts_init(&p);
	CU_ASSERT_EQUAL_FATAL(refs_init(&found, POOL_IMAGE_BLOCKS), 0);
	CU_ASSERT_EQUAL(counts_find_pointers(&p.s, p.image.top, p.image.details, &found), 0);
	CU_ASSERT_EQUAL(refs_get(&found, root), 1);
	CU_ASSERT_EQUAL(refs_get(&found, leaves[0]), 1);
	CU_ASSERT_EQUAL(refs_get(&found, leaves[1]), 1);
	CU_ASSERT_EQUAL(refs_get(&found, p.image.details), 1);
	refs_exit(&found);
	salvage_parts_exit(&p);
}

void test_remains_suite(void);
void test_remains_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "names the children that begin where it says", names_children },
		{ "says nothing that was written for another block", of_another_block },
		{ "adopts trees that are counted", adopts },
		{ "gives them the ids that are left of the top-level tree", adopts_by_name },
		{ "does not adopt leftovers", does_not_adopt },
		{ "scans what each block is", scans },
		{ "counts each pointer once", counts_pointers },
		CU_TEST_INFO_NULL,
	};

	add_suite("remains", tests);
}
