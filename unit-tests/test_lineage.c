/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "pdata/bitmap.h"
#include "salvage_parts.h"
#include "thin/counts.h"
#include "thin/lineage.h"
#include "thin/trees.h"
#include "unit.h"

/* A root above two leaves, and an older one above the first of them and another. */
struct older {
	uint32_t leaves[3];
	uint32_t root, was;
};

static void make(struct pool_image *i, struct older *m)
{
	uint32_t children[2];

	pool_image_init(i);
	m->leaves[0] = pool_image_leaf(i, 0, 100, 100);
	m->leaves[1] = pool_image_leaf(i, 100, 1000, 100);
	m->leaves[2] = pool_image_leaf(i, 100, 2000, 100);
	m->root = pool_image_node(i, m->leaves, 2);
	children[0] = m->leaves[0];
	children[1] = m->leaves[2];
	m->was = pool_image_node(i, children, 2);
	pool_image_device(i, 1, m->root);
	pool_image_finish(i);
}

/* The scan, and one device that reaches what it has. */
static void begin(struct salvage_parts *p, const struct older *m)
{
	static const struct span everything = { 0, UINT64_MAX };
	struct thin_salvage *s = &p->s;

	salvage_parts_init(p);
	s->devices = calloc(1, sizeof(*s->devices));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->devices);
	s->nr_devices = 1;
	s->devices[0].device.dev_id = 1;
	CU_ASSERT_EQUAL_FATAL(trees_reach(s, m->root, everything), 0);
}

static enum lineage_weight weight_of(const struct lineage *l, uint32_t node)
{
	size_t nr;
	const struct lineage_seen *seen = lineage_of(l, node, &nr);

	return nr == 1 && seen->device == 0 ? seen->weight : LINEAGE_NONE;
}

static void below_older_root(void)
{
	struct census_root root = { .dev_id = 1 };
	struct census older = { .roots = &root, .nr_roots = 1 };
	struct salvage_parts p;
	struct lineage l;
	struct older m;

	make(&p.image, &m);
	begin(&p, &m);
	root.root = m.was;
	CU_ASSERT_EQUAL(lineage_find(&l, &p.s, &older), 0);
	CU_ASSERT_EQUAL(weight_of(&l, m.was), LINEAGE_ROOT);
	CU_ASSERT_EQUAL(weight_of(&l, m.leaves[2]), LINEAGE_NAMED);
	lineage_exit(&l);
	salvage_parts_exit(&p);
}

/* No root names the older node; half of its children are the device's. */
static void near(void)
{
	const struct census older = { .nr_roots = 0 };
	struct salvage_parts p;
	struct lineage l;
	struct older m;

	make(&p.image, &m);
	begin(&p, &m);
	CU_ASSERT_EQUAL(lineage_find(&l, &p.s, &older), 0);
	CU_ASSERT_EQUAL(weight_of(&l, m.was), LINEAGE_NEAR);
	CU_ASSERT_EQUAL(weight_of(&l, m.leaves[2]), LINEAGE_NEAR);
	CU_ASSERT_EQUAL(weight_of(&l, m.leaves[1]), LINEAGE_NONE);
	lineage_exit(&l);
	salvage_parts_exit(&p);
}

/* A leaf that says mostly the same as one that was seen; another says something else. */
static void alike(void)
{
	const struct census older = { .nr_roots = 0 };
	uint32_t same, other;
	struct salvage_parts p;
	struct lineage l;
	struct older m;

	make(&p.image, &m);
	same = pool_image_leaf(&p.image, 100, 2000, 60);
	other = pool_image_leaf(&p.image, 100, 5000, 60);
	begin(&p, &m);
	CU_ASSERT_EQUAL(lineage_find(&l, &p.s, &older), 0);
	CU_ASSERT_EQUAL(weight_of(&l, same), LINEAGE_ALIKE);
	CU_ASSERT_EQUAL(weight_of(&l, other), LINEAGE_NONE);
	lineage_exit(&l);
	salvage_parts_exit(&p);
}

/* A bitmap in which the blocks below @nr are in use, and itself. */
static uint32_t put_bitmap(struct pool_image *i, uint32_t nr)
{
	uint32_t where = i->next++;
	struct bitmap_disk *b = pool_image_block(i, where);

	for (uint32_t k = 0; k < nr; k++)
		bitmap_set(b, k, 1);
	bitmap_set(b, where, 1);
	block_seal(b, where, BITMAP_SALT);
	return where;
}

static void judge(uint32_t nr_known, struct counts_verdict *v)
{
	struct salvage_parts p;
	struct refs found;
	struct older m;

	make(&p.image, &m);
	put_bitmap(&p.image, nr_known);
	salvage_parts_init(&p);
	CU_ASSERT_EQUAL_FATAL(refs_init(&found, POOL_IMAGE_BLOCKS), 0);
	for (uint32_t k = 0; k < 8; k++)
		refs_add(&found, k, 1);
	CU_ASSERT_EQUAL(counts_judge(&p.s, &found, v), 0);
	refs_exit(&found);
	salvage_parts_exit(&p);
}

/* What was found in use is right; and the bitmap knows of itself. */
static void judges(void)
{
	struct counts_verdict v;

	judge(8, &v);
	CU_ASSERT(v.nr_right == 9 && v.nr_wrong == 0 && v.nr_more == 1);
	judge(7, &v);
	CU_ASSERT(v.nr_right == 8 && v.nr_wrong == 1 && v.nr_more == 1);
	/* An older one may be wrong about a little; this is another map's. */
	judge(3, &v);
	CU_ASSERT(v.nr_right == 0 && v.nr_wrong == 0);
}

static void finds_bitmap(void)
{
	struct sm_root root = { .nr_blocks = POOL_IMAGE_BLOCKS };
	struct counts_verdict v;
	struct salvage_parts p;
	struct index_disk *d;
	uint32_t old, now;
	struct refs found;
	struct older m;

	make(&p.image, &m);
	old = put_bitmap(&p.image, 5);
	now = put_bitmap(&p.image, 8);
	salvage_parts_init(&p);
	p.s.next_number = 100;
	CU_ASSERT_EQUAL_FATAL(refs_init(&found, POOL_IMAGE_BLOCKS), 0);
	for (uint32_t k = 0; k < 8; k++)
		refs_add(&found, k, 1);
	CU_ASSERT_EQUAL(counts_mend(&p.s, &found, false, &root, &v), 0);
	CU_ASSERT_EQUAL_FATAL(root.index_root, 100);
	d = overlay_edit(&p.s.overlay, root.index_root);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	CU_ASSERT_EQUAL(le64_to_cpu(d->entries[0].bitmap), now);
	CU_ASSERT_NOT_EQUAL(now, old);
	refs_exit(&found);
	salvage_parts_exit(&p);
}

void test_lineage_suite(void);
void test_lineage_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "sees what an older root leads to", below_older_root },
		{ "sees what an older node has besides a device's children", near },
		{ "sees what is like something seen", alike },
		{ "judges bitmaps by what is in use", judges },
		{ "finds the bitmap that knows of all", finds_bitmap },
		CU_TEST_INFO_NULL,
	};

	add_suite("lineage", tests);
}
