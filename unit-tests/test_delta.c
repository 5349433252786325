/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/le.h"
#include "meta/thin_delta.h"
#include "pdata/block.h"
#include "pool_image.h"
#include "unit.h"

struct text {
	char text[4096];
	size_t len;
};

static int put_begin(void *arg, const struct thin_pool *pool)
{
	struct text *t = arg;

	*t = (struct text){ .len = 0 };
	CU_ASSERT_EQUAL(pool->data_block_size, 128);
	CU_ASSERT_EQUAL(pool->nr_data_blocks, POOL_IMAGE_DATA);
	return 0;
}

static int put_runs(void *arg, const struct thin_delta_run *runs, size_t nr)
{
	static const char kinds[] = "=!<>";
	struct text *t = arg;

	for (size_t i = 0; i < nr && t->len < sizeof(t->text) - 64; i++)
		t->len += (size_t)sprintf(t->text + t->len, "%llu%c%llu ",
					  (unsigned long long)runs[i].thin_begin,
					  kinds[runs[i].kind],
					  (unsigned long long)runs[i].length);
	return 0;
}

static int put_end(void *arg)
{
	struct text *t = arg;

	strcpy(t->text + t->len, "end");
	return 0;
}

static const struct thin_delta_emit emit = {
	.begin = put_begin, .runs = put_runs, .end = put_end,
};

static struct thin_delta_opts opts_for(uint64_t left, uint64_t right)
{
	return (struct thin_delta_opts){
		.sides = { { false, left }, { false, right } },
		.wanted = { true, true, true, true }, .nr_threads = 2,
	};
}

static void expect(struct pool_image *p, const struct thin_delta_opts *o, const char *wanted)
{
	struct fault f;
	struct text t;

	CU_ASSERT_EQUAL(thin_delta(p->engine, o, &emit, &t, &f), 0);
	CU_ASSERT_STRING_EQUAL(t.text, wanted);
}

/*
 * Devices 1 and 2 share the middle leaf; device 3 has no leaf of theirs, but
 * maps some of the same blocks; device 4 is empty.
 */
static void make(struct pool_image *p, uint32_t *shared)
{
	uint32_t leaves[3];

	pool_image_init(p);
	leaves[0] = pool_image_leaf(p, 0, 100, 10);
	*shared = leaves[1] = pool_image_leaf(p, 10, 200, 10);
	leaves[2] = pool_image_leaf(p, 30, 300, 10);
	pool_image_device(p, 1, pool_image_node(p, leaves, 3));
	leaves[0] = pool_image_leaf(p, 4, 104, 4);
	leaves[2] = pool_image_leaf(p, 35, 400, 10);
	pool_image_device(p, 2, pool_image_node(p, leaves, 3));
	leaves[0] = pool_image_leaf(p, 5, 195, 20);
	leaves[1] = pool_image_leaf(p, 50, 500, 1);
	pool_image_device(p, 3, pool_image_node(p, leaves, 2));
	pool_image_device(p, 4, pool_image_leaf(p, 0, 0, 0));
	pool_image_finish(p);
}

static void compares(void)
{
	struct thin_delta_opts o;
	struct pool_image p;
	uint32_t shared;

	make(&p, &shared);
	o = opts_for(1, 2);
	expect(&p, &o, "0<4 4=4 8<2 10=10 30<5 35!5 40>5 end");
	o = opts_for(2, 1);
	expect(&p, &o, "0>4 4=4 8>2 10=10 30>5 35!5 40<5 end");
	o = opts_for(1, 3);
	expect(&p, &o, "0<5 5!5 10=10 20>5 30<10 50>1 end");
	o = opts_for(1, 1);
	expect(&p, &o, "0=20 30=10 end");
	o.by_data = true;
	expect(&p, &o, "0=10 10=10 30=10 end");
	o = opts_for(4, 2);
	expect(&p, &o, "4>4 10>10 35>10 end");
	o = opts_for(4, 4);
	expect(&p, &o, "end");
	o = opts_for(0, 0);
	o.sides[0] = (struct thin_delta_side){ true, p.roots[0] };
	o.sides[1] = (struct thin_delta_side){ true, p.roots[2] };
	expect(&p, &o, "0<5 5!5 10=10 20>5 30<10 50>1 end");
	pool_image_exit(&p);
}

static void reads_what_is_wanted(void)
{
	struct thin_delta_opts o = opts_for(1, 2);
	struct pool_image p;
	uint32_t shared;
	struct fault f;
	struct text t;

	make(&p, &shared);
	((char *)pool_image_block(&p, shared))[99] ^= 1;
	CU_ASSERT_EQUAL(thin_delta(p.engine, &o, &emit, &t, &f), -EUCLEAN);
	CU_ASSERT_STRING_EQUAL(t.text, "0<4 4=4 8<2 ");
	CU_ASSERT_EQUAL(f.where, shared);
	CU_ASSERT_EQUAL(f.dev_id, 1);
	CU_ASSERT(f.shared);
	CU_ASSERT_EQUAL(f.begin, 10);
	o.wanted[THIN_DELTA_SAME] = false;
	expect(&p, &o, "0<4 8<2 30<5 35!5 40>5 end");
	o.wanted[THIN_DELTA_LEFT_ONLY] = false;
	expect(&p, &o, "35!5 40>5 end");
	pool_image_exit(&p);
}

static void damaged_tree(void)
{
	struct thin_delta_opts o = opts_for(1, 2);
	struct pool_image p;
	uint32_t shared;
	struct fault f;
	struct text t = { .text = "none" };

	make(&p, &shared);
	((char *)pool_image_block(&p, p.roots[1]))[99] ^= 1;
	CU_ASSERT_EQUAL(thin_delta(p.engine, &o, &emit, &t, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.where, p.roots[1]);
	CU_ASSERT_STRING_EQUAL(t.text, "none");
	o = opts_for(1, 3);
	expect(&p, &o, "0<5 5!5 10=10 20>5 30<10 50>1 end");
	pool_image_exit(&p);
}

/* The leaf is in one tree twice, and would be taken for shared. */
static void leaf_twice(void)
{
	struct thin_delta_opts o = opts_for(1, 2);
	uint32_t leaves[2], root;
	struct pool_image p;
	struct fault f;
	struct text t;

	pool_image_init(&p);
	leaves[0] = leaves[1] = pool_image_leaf(&p, 0, 100, 10);
	root = pool_image_node(&p, leaves, 2);
	((struct node_disk *)pool_image_block(&p, root))->keys[1] = cpu_to_le64(50);
	pool_image_reseal(&p, root);
	pool_image_device(&p, 1, root);
	pool_image_device(&p, 2, pool_image_leaf(&p, 0, 500, 1));
	pool_image_finish(&p);
	o.wanted[THIN_DELTA_SAME] = false;
	CU_ASSERT_EQUAL(thin_delta(p.engine, &o, &emit, &t, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.where, leaves[0]);
	pool_image_exit(&p);
}

static void what_is_not_there(void)
{
	struct thin_delta_opts o = opts_for(1, 7);
	struct pool_image p;
	uint32_t shared;
	struct fault f;
	struct text t;

	make(&p, &shared);
	CU_ASSERT_EQUAL(thin_delta(p.engine, &o, &emit, &t, &f), -ENXIO);
	CU_ASSERT_EQUAL(f.dev_id, 7);
	o.sides[1] = (struct thin_delta_side){ true, POOL_IMAGE_BLOCKS };
	CU_ASSERT_EQUAL(thin_delta(p.engine, &o, &emit, &t, &f), -ERANGE);
	CU_ASSERT_EQUAL(f.found, POOL_IMAGE_BLOCKS);
	o = opts_for(1, 2);
	o.metadata_snap = true;
	CU_ASSERT_EQUAL(thin_delta(p.engine, &o, &emit, &t, &f), -ENODATA);
	pool_image_hold(&p);
	expect(&p, &o, "0<4 4=4 8<2 10=10 30<5 35!5 40>5 end");
	pool_image_exit(&p);
}

/* More leaves than a piece has, at odds with each other. */
static void pieces(void)
{
	struct thin_delta_opts o = opts_for(1, 2);
	uint32_t left[100], right[2];
	struct pool_image p;

	pool_image_init(&p);
	for (uint32_t i = 0; i < 100; i++)
		left[i] = pool_image_leaf(&p, i * 2ull, 1000 + i * 2ull, 2);
	pool_image_device(&p, 1, pool_image_node(&p, left, 100));
	right[0] = pool_image_leaf(&p, 1, 1001, 120);
	right[1] = pool_image_leaf(&p, 121, 2000, 120);
	pool_image_device(&p, 2, pool_image_node(&p, right, 2));
	pool_image_finish(&p);
	for (o.nr_threads = 1; o.nr_threads < 5; o.nr_threads++)
		expect(&p, &o, "0<1 1=120 121!79 200>41 end");
	o.by_data = true;
	expect(&p, &o, "0<1 1=120 121!79 200>41 end");
	pool_image_exit(&p);
}

/* A run that one side has alone goes on behind its piece, where the other has some too. */
static void ends_of_pieces(void)
{
	struct thin_delta_opts o = opts_for(1, 2);
	struct pool_image p;
	uint32_t right[64];

	pool_image_init(&p);
	pool_image_device(&p, 1, pool_image_leaf(&p, 0, 1000, 200));
	for (uint32_t i = 0; i < 63; i++)
		right[i] = pool_image_leaf(&p, i, 1000 + i, 1);
	right[63] = pool_image_leaf(&p, 100, 1100, 10);
	pool_image_device(&p, 2, pool_image_node(&p, right, 64));
	pool_image_finish(&p);
	expect(&p, &o, "0=63 63<37 100=10 110<90 end");
	pool_image_exit(&p);
}

static void gaps(void)
{
	struct thin_delta_opts o = opts_for(1, 2);
	struct pool_image p;
	struct node_disk *d;
	uint32_t leaf;

	pool_image_init(&p);
	leaf = pool_image_leaf(&p, 0, 100, 5);
	d = pool_image_block(&p, leaf);
	d->keys[4] = cpu_to_le64(9);
	block_seal(d, leaf, NODE_SALT);
	pool_image_device(&p, 1, leaf);
	pool_image_device(&p, 2, pool_image_leaf(&p, 0, 0, 0));
	pool_image_finish(&p);
	expect(&p, &o, "0<4 9<1 end");
	o = opts_for(1, 1);
	expect(&p, &o, "0=4 9=1 end");
	pool_image_exit(&p);
}

void test_delta_suite(void);
void test_delta_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "compares devices", compares },
		{ "reads shared leaves only if what is the same is wanted",
		  reads_what_is_wanted },
		{ "says nothing about damaged trees, and does not mind others", damaged_tree },
		{ "notices a leaf that is in one tree twice", leaf_twice },
		{ "tells what is not there", what_is_not_there },
		{ "joins runs across pieces", pieces },
		{ "ends runs where their piece ends", ends_of_pieces },
		{ "sees gaps between keys", gaps },
		CU_TEST_INFO_NULL,
	};

	add_suite("delta", tests);
}
