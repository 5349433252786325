/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "emit_text.h"
#include "pool_image.h"
#include "unit.h"

/* Reads @p and compares what comes. */
static void expect(struct pool_image *p, const struct thin_load_opts *o, const char *want)
{
	struct emit_text t = { .len = 0 };
	struct fault f;

	CU_ASSERT_EQUAL(thin_load(p->engine, o, &emit_text, &t, &f), 0);
	CU_ASSERT_STRING_EQUAL(t.text, want);
	if (strcmp(t.text, want))
		fprintf(stderr, "\n got  %s\n want %s\n", t.text, want);
}

static const struct thin_load_opts plain;

static uint32_t node2(struct pool_image *p, uint32_t a, uint32_t b)
{
	return pool_image_node(p, (const uint32_t[]){ a, b }, 2);
}

static uint32_t node3(struct pool_image *p, uint32_t a, uint32_t b, uint32_t c)
{
	return pool_image_node(p, (const uint32_t[]){ a, b, c }, 3);
}

static void one_leaf(void)
{
	struct pool_image p;
	uint32_t a, b, c;

	pool_image_init(&p);
	a = pool_image_leaf(&p, 0, 100, 10);
	b = pool_image_leaf(&p, 10, 110, 10);
	c = pool_image_leaf(&p, 10, 300, 10);
	pool_image_device(&p, 1, node2(&p, a, b));
	pool_image_device(&p, 2, node2(&p, a, c));
	pool_image_finish(&p);
	expect(&p, &plain, "pool def 1: 0+10>100 end dev 1: ref 1 10+10>110 end "
	       "dev 2: ref 1 10+10>300 end end");
	expect(&p, &(struct thin_load_opts){ .expand = true },
	       "pool dev 1: 0+20>100 end dev 2: 0+10>100 10+10>300 end end");
	pool_image_exit(&p);
}

static void shared_root(void)
{
	struct pool_image p;
	uint32_t root;

	pool_image_init(&p);
	root = node3(&p, pool_image_leaf(&p, 0, 100, 5), pool_image_leaf(&p, 5, 105, 5),
		     pool_image_leaf(&p, 20, 7, 1));
	pool_image_device(&p, 3, root);
	pool_image_device(&p, 4, root);
	pool_image_finish(&p);
	expect(&p, &plain, "pool def 1: 0+10>100 20+1>7 end dev 3: ref 1 end dev 4: ref 1 end end");
	pool_image_exit(&p);
}

/* Different inner nodes, the same neighbours. */
static void chain(void)
{
	struct pool_image p;
	uint32_t a, b, c, d, e;

	pool_image_init(&p);
	a = pool_image_leaf(&p, 0, 0, 5);
	b = pool_image_leaf(&p, 5, 5, 5);
	c = pool_image_leaf(&p, 10, 10, 5);
	d = pool_image_leaf(&p, 15, 15, 5);
	e = pool_image_leaf(&p, 15, 50, 5);
	pool_image_device(&p, 1, node2(&p, node2(&p, a, b), node2(&p, c, d)));
	pool_image_device(&p, 2, node2(&p, node3(&p, a, b, c), node2(&p, e,
				 pool_image_leaf(&p, 30, 60, 1))));
	pool_image_finish(&p);
	expect(&p, &plain, "pool def 1: 0+15>0 end dev 1: ref 1 15+5>15 end "
	       "dev 2: ref 1 15+5>50 30+1>60 end end");
	pool_image_exit(&p);
}

static void shorter_device(void)
{
	struct pool_image p;
	uint32_t a, b;

	pool_image_init(&p);
	a = pool_image_leaf(&p, 0, 0, 5);
	b = pool_image_leaf(&p, 5, 5, 5);
	pool_image_device(&p, 1, node2(&p, a, b));
	pool_image_device(&p, 2, node2(&p, a, b));
	pool_image_device(&p, 3, a);
	pool_image_finish(&p);
	expect(&p, &plain, "pool def 1: 0+5>0 end def 2: 5+5>5 end dev 1: ref 1 ref 2 end "
	       "dev 2: ref 1 ref 2 end dev 3: ref 1 end end");
	pool_image_exit(&p);
}

static void order_of_use(void)
{
	struct pool_image p;
	uint32_t late, early;

	pool_image_init(&p);
	late = pool_image_leaf(&p, 0, 0, 1);
	early = pool_image_leaf(&p, 50, 50, 1);
	pool_image_device(&p, 1, node2(&p, pool_image_leaf(&p, 0, 9, 1), early));
	pool_image_device(&p, 2, node2(&p, late, early));
	pool_image_device(&p, 3, late);
	pool_image_finish(&p);
	expect(&p, &plain, "pool def 1: 50+1>50 end def 2: 0+1>0 end dev 1: 0+1>9 ref 1 end "
	       "dev 2: ref 2 ref 1 end dev 3: ref 2 end end");
	pool_image_exit(&p);
}

static void empty(void)
{
	struct pool_image p;
	uint32_t leaf;

	pool_image_init(&p);
	leaf = pool_image_leaf(&p, 0, 0, 0);
	pool_image_device(&p, 1, leaf);
	pool_image_device(&p, 2, leaf);
	pool_image_finish(&p);
	expect(&p, &plain, "pool dev 1: end dev 2: end end");
	pool_image_exit(&p);
}

static void selected(void)
{
	struct pool_image p;
	uint32_t a, b;
	bool found[2];

	pool_image_init(&p);
	a = pool_image_leaf(&p, 0, 0, 5);
	b = pool_image_leaf(&p, 5, 5, 5);
	pool_image_device(&p, 1, node2(&p, a, b));
	pool_image_device(&p, 2, a);
	pool_image_device(&p, 3, node2(&p, a, b));
	pool_image_finish(&p);
	expect(&p, &(struct thin_load_opts){ .dev_ids = (const uint64_t[]){ 3 }, .nr_dev_ids = 1 },
	       "pool dev 3: 0+10>0 end end");
	expect(&p, &(struct thin_load_opts){
			.dev_ids = (const uint64_t[]){ 3, 1 }, .nr_dev_ids = 2 },
	       "pool def 1: 0+10>0 end dev 1: ref 1 end dev 3: ref 1 end end");
	expect(&p, &(struct thin_load_opts){
			.dev_ids = (const uint64_t[]){ 9, 2 }, .nr_dev_ids = 2,
			.dev_found = found },
	       "pool dev 2: 0+5>0 end end");
	CU_ASSERT_FALSE(found[0]);
	CU_ASSERT_TRUE(found[1]);
	pool_image_exit(&p);
}

static CU_TestInfo tests[] = {
	{ "makes a leaf of two devices a definition", one_leaf },
	{ "makes a shared tree one definition", shared_root },
	{ "joins neighbours whatever is above them", chain },
	{ "divides where one device ends", shorter_device },
	{ "numbers definitions in the order of use", order_of_use },
	{ "makes no definition of nothing", empty },
	{ "counts only the devices that are wanted", selected },
	CU_TEST_INFO_NULL
};

void test_sharing_suite(void);

void test_sharing_suite(void)
{
	add_suite("sharing", tests);
}
