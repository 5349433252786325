/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "io/engine.h"
#include "meta/thin_rmap.h"
#include "pool_image.h"
#include "thin/rmap_regions.h"
#include "unit.h"

static void regions(void)
{
	static const struct thin_rmap_region some[] = {
		{ 20, 30 }, { 5, 10 }, { 8, 12 }, { 12, 13 }, { 6, 7 }, { 40, UINT64_MAX },
	};
	static const struct thin_rmap_region empty = { 7, 7 };
	struct rmap_regions r;

	CU_ASSERT_EQUAL(rmap_regions_init(&r, some, ARRAY_SIZE(some)), 0);
	CU_ASSERT_EQUAL(r.nr, 3);
	for (uint64_t i = 0; i < 60; i++)
		CHECK_IN(i, rmap_regions_has(&r, i) ==
			 ((i >= 5 && i < 13) || (i >= 20 && i < 30) || i >= 40));
	CU_ASSERT_FALSE(rmap_regions_has(&r, UINT64_MAX));
	rmap_regions_exit(&r);
	CU_ASSERT_EQUAL(rmap_regions_init(&r, &empty, 1), -EINVAL);
	rmap_regions_exit(&r);
	CU_ASSERT_EQUAL(rmap_regions_init(&r, NULL, 0), 0);
	CU_ASSERT_FALSE(rmap_regions_has(&r, 0));
	rmap_regions_exit(&r);
}

/* Devices 1 and 2 share a leaf below roots of their own, device 3 is device 2. */
static void make(struct pool_image *p, uint32_t leaves[3])
{
	uint32_t root;

	pool_image_init(p);
	leaves[0] = pool_image_leaf(p, 0, 100, 10);
	leaves[1] = pool_image_leaf(p, 10, 110, 10);
	leaves[2] = pool_image_leaf(p, 30, 300, 10);
	pool_image_device(p, 1, pool_image_node(p, leaves, 3));
	leaves[2] = pool_image_leaf(p, 40, 105, 10);
	root = pool_image_node(p, leaves, 3);
	pool_image_device(p, 2, root);
	pool_image_device(p, 3, root);
	pool_image_device(p, 4, pool_image_leaf(p, 0, 0, 0));
	pool_image_device(p, 5, pool_image_leaf(p, 7, 400, 1));
	pool_image_finish(p);
}

static void expect(struct pool_image *p, struct thin_rmap_region region, const char *wanted)
{
	struct thin_rmap_opts o = { .regions = &region, .nr_regions = 1 };
	struct thin_rmap_list l;
	char text[1024] = "";
	size_t len = 0;
	struct fault f;

	CU_ASSERT_EQUAL_FATAL(thin_rmap(p->engine, &o, &l, &f), 0);
	for (size_t i = 0; i < l.nr; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%llu+%llu>%u:%llu ",
					(unsigned long long)l.runs[i].data_begin,
					(unsigned long long)l.runs[i].length, l.runs[i].dev_id,
					(unsigned long long)l.runs[i].thin_begin);
	CU_ASSERT_STRING_EQUAL(text, wanted);
	thin_rmap_free(&l);
}

static void owners(void)
{
	uint32_t leaves[3];
	struct pool_image p;

	make(&p, leaves);
	expect(&p, (struct thin_rmap_region){ 0, 100 }, "");
	expect(&p, (struct thin_rmap_region){ 0, 104 }, "100+4>1:0 100+4>2:0 100+4>3:0 ");
	expect(&p, (struct thin_rmap_region){ 103, 106 },
	       "103+3>1:3 103+3>2:3 103+3>3:3 105+1>2:40 105+1>3:40 ");
	expect(&p, (struct thin_rmap_region){ 108, 112 },
	       "108+4>1:8 108+4>2:8 108+4>2:43 108+4>3:8 108+4>3:43 ");
	expect(&p, (struct thin_rmap_region){ 305, UINT64_MAX }, "305+5>1:35 400+1>5:7 ");
	pool_image_exit(&p);
}

static void damage(void)
{
	static const struct thin_rmap_region region = { 0, 1 };
	struct thin_rmap_opts o = { .regions = &region, .nr_regions = 1 };
	struct thin_rmap_list l;
	uint32_t leaves[3];
	struct pool_image p;
	struct fault f;

	make(&p, leaves);
	((char *)pool_image_block(&p, leaves[1]))[99] ^= 1;
	CU_ASSERT_EQUAL(thin_rmap(p.engine, &o, &l, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.where, leaves[1]);
	CU_ASSERT_EQUAL(f.dev_id, 1);
	CU_ASSERT_TRUE(f.shared);
	CU_ASSERT_PTR_NULL(l.runs);
	o.metadata_snap = true;
	CU_ASSERT_EQUAL(thin_rmap(p.engine, &o, &l, &f), -ENODATA);
	pool_image_exit(&p);
}

/* A node that is damaged when it is read for the last time. */
static struct {
	uint64_t block;
	unsigned nr_reads, last;
	const struct engine_ops *sound;
} changing;

static int read_changing(struct engine *e, void *data, size_t len, uint64_t offset)
{
	int r = changing.sound->read(e, data, len, offset);
	uint64_t at = changing.block * META_BLOCK_SIZE;

	if (at >= offset && at < offset + len && ++changing.nr_reads == changing.last)
		((char *)data)[at - offset + 99] ^= 1;
	return r;
}

static void change(void)
{
	static const struct thin_rmap_region region = { 100, 101 };
	struct thin_rmap_opts o = { .regions = &region, .nr_regions = 1, .nr_threads = 1 };
	struct thin_rmap_list l;
	struct engine_ops ops;
	uint32_t leaves[3];
	struct pool_image p;
	struct fault f;

	make(&p, leaves);
	changing.sound = p.engine->ops;
	changing.block = p.roots[1];
	ops = *changing.sound;
	ops.read = read_changing;
	p.engine->ops = &ops;
	CU_ASSERT_EQUAL(thin_rmap(p.engine, &o, &l, &f), 0);
	thin_rmap_free(&l);
	changing.last = 2 * changing.nr_reads;
	CU_ASSERT_EQUAL(thin_rmap(p.engine, &o, &l, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.where, p.roots[1]);
	CU_ASSERT_PTR_NULL(l.runs);
	p.engine->ops = changing.sound;
	pool_image_exit(&p);
}

void test_rmap_suite(void);
void test_rmap_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "joins regions that overlap or meet", regions },
		{ "finds every owner, below shared nodes as well", owners },
		{ "names damage and lists nothing", damage },
		{ "notices what changes while it reads", change },
		CU_TEST_INFO_NULL,
	};

	add_suite("rmap", tests);
}
