/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pdata/build.h"
#include "pdata/node.h"

enum {
	DEVICE = 4096,		/* blocks */
	MAX = 252,
	MIN = 84,
};

/* A device with a writer, and what a walk over a tree finds. */
struct bench {
	struct engine *engine;
	char *data;
	struct refs refs;
	struct writer writer;
	struct build build;

	struct build_leaf leaves[512];	/* written for sharing */
	unsigned nr_leaves;
	uint64_t nr_copied;

	uint64_t expected;		/* keys are 0, 1, 2, ...; values key * 3 */
	uint64_t nr_small;		/* nodes below the minimum, but for the root */
	uint64_t nr_shared;		/* leaves that were written for sharing */
	bool is_wrong;
};

static void start(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->data = alloc_array(DEVICE, META_BLOCK_SIZE);
	CU_ASSERT_EQUAL_FATAL(engine_open_memory(&b->engine, b->data, DEVICE * META_BLOCK_SIZE), 0);
	CU_ASSERT_EQUAL_FATAL(refs_init(&b->refs, DEVICE), 0);
	CU_ASSERT_EQUAL_FATAL(writer_init(&b->writer, b->engine, &b->refs, 1, false), 0);
	CU_ASSERT_EQUAL_FATAL(build_init(&b->build, &b->writer, 8), 0);
}

static void stop(struct bench *b)
{
	build_exit(&b->build);
	writer_exit(&b->writer);
	refs_exit(&b->refs);
	engine_close(b->engine);
	free(b->data);
}

static int keep(void *arg, const struct build_leaf *leaf)
{
	struct bench *b = arg;

	b->leaves[b->nr_leaves++] = *leaf;
	return 0;
}

static int copied(void *arg, const void *values, uint32_t nr)
{
	struct bench *b = arg;

	CU_ASSERT_PTR_NOT_NULL(values);
	b->nr_copied += nr;
	return 0;
}

static const struct build_ops keep_ops = { .leaf = keep };
static const struct build_ops copied_ops = { .copied = copied };

static void add(struct build *b, uint64_t begin, uint64_t nr)
{
	for (uint64_t key = begin; key < begin + nr; key++) {
		__le64 value = cpu_to_le64(key * 3);

		CU_ASSERT_EQUAL_FATAL(build_add(b, key, &value), 0);
	}
}

/* Leaves of @nr entries from @begin on, appended to b->leaves. */
static void add_shared(struct bench *b, uint64_t begin, uint64_t nr)
{
	struct build build;

	CU_ASSERT_EQUAL_FATAL(build_init(&build, &b->writer, 8), 0);
	build.ops = &keep_ops;
	build.arg = b;
	add(&build, begin, nr);
	CU_ASSERT_EQUAL_FATAL(build_finish(&build, NULL), 0);
	build_exit(&build);
}

static void use_shared(struct bench *b, unsigned begin, unsigned end)
{
	for (unsigned i = begin; i < end; i++)
		CU_ASSERT_EQUAL_FATAL(build_add_leaf(&b->build, &b->leaves[i]), 0);
}

static bool is_shared(const struct bench *b, uint64_t where)
{
	for (unsigned i = 0; i < b->nr_leaves; i++)
		if (b->leaves[i].where == where)
			return true;
	return false;
}

/* Returns the height. */
static unsigned walk(struct bench *b, uint64_t where, bool is_root)
{
	unsigned height = 0;
	struct fault f;
	struct node n;

	if (node_parse(&n, b->data + where * META_BLOCK_SIZE, where, 8, &f)) {
		b->is_wrong = true;
		return 0;
	}
	b->nr_small += !is_root && n.nr_entries < MIN;
	b->nr_shared += is_shared(b, where);
	for (uint32_t i = 0; i < n.nr_entries; i++) {
		b->is_wrong |= node_key(&n, i) != b->expected;
		if (n.leaf) {
			b->is_wrong |= node_value64(&n, i) != b->expected++ * 3;
			continue;
		}
		b->is_wrong |= !refs_get(&b->refs, node_value64(&n, i));
		if (i && walk(b, node_value64(&n, i), false) + 1 != height)
			b->is_wrong = true;
		else if (!i)
			height = walk(b, node_value64(&n, i), false) + 1;
	}
	return height;
}

/* Ends the tree, which is to have keys 0 to @nr - 1; returns its root. */
static uint64_t finish(struct bench *b, uint64_t nr)
{
	uint64_t root = 0;

	CU_ASSERT_EQUAL_FATAL(build_finish(&b->build, &root), 0);
	CU_ASSERT_EQUAL_FATAL(writer_finish(&b->writer), 0);
	b->expected = b->nr_small = b->nr_shared = 0;
	walk(b, root, true);
	CU_ASSERT_EQUAL(b->expected, nr);
	CU_ASSERT_EQUAL(b->nr_small, 0);
	CU_ASSERT(!b->is_wrong);
	return root;
}

static void fills_trees_of_any_size(void)
{
	static const uint64_t sizes[] = {
		0, 1, 83, 84, 251, 252, 253, 335, 336, 337, 503, 504, 505, 588, 5000,
		252 * 252, 252 * 252 + 1, 252 * 336, 252 * 336 + 1, 100000,
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct bench b;

		start(&b);
		add(&b.build, 0, sizes[i]);
		finish(&b, sizes[i]);
		stop(&b);
	}
}

static void packs_leaves(void)
{
	struct bench b;

	start(&b);
	add(&b.build, 0, 252 * 100 + 1);
	finish(&b, 252 * 100 + 1);
	CU_ASSERT_EQUAL(b.writer.nr_given, 101 + 1);
	stop(&b);
}

static void shares_leaves_among_own_entries(void)
{
	struct bench b;

	start(&b);
	add_shared(&b, 300, 1000);
	use_shared(&b, 0, 0);
	add(&b.build, 0, 300);
	use_shared(&b, 0, b.nr_leaves);
	add(&b.build, 1300, 84);
	finish(&b, 1384);
	CU_ASSERT_EQUAL(b.nr_shared, b.nr_leaves);
	stop(&b);
}

static void copies_the_leaf_in_front_of_few_entries(void)
{
	struct bench b;

	start(&b);
	b.build.ops = &copied_ops;
	b.build.arg = &b;
	add_shared(&b, 0, 1000);
	use_shared(&b, 0, b.nr_leaves);
	add(&b.build, 1000, 83);
	finish(&b, 1083);
	CU_ASSERT_EQUAL(b.nr_shared, b.nr_leaves - 1);
	CU_ASSERT_EQUAL(b.nr_copied, b.leaves[b.nr_leaves - 1].nr);
	CU_ASSERT_EQUAL(refs_get(&b.refs, b.leaves[b.nr_leaves - 1].where), 0);
	stop(&b);
}

static void copies_the_leaf_behind_few_entries(void)
{
	struct bench b;

	start(&b);
	add_shared(&b, 5, 1000);
	add(&b.build, 0, 5);
	use_shared(&b, 0, b.nr_leaves);
	finish(&b, 1005);
	CU_ASSERT_EQUAL(b.nr_shared, b.nr_leaves - 1);
	stop(&b);
}

static void takes_a_lone_leaf_as_the_root(void)
{
	struct bench b;

	start(&b);
	add_shared(&b, 0, 3);
	use_shared(&b, 0, 1);
	CU_ASSERT_EQUAL(finish(&b, 3), b.leaves[0].where);
	CU_ASSERT_EQUAL(refs_get(&b.refs, b.leaves[0].where), 0);
	stop(&b);
}

static void builds_equal_inner_nodes_once(void)
{
	uint64_t first, given;
	struct bench b;

	start(&b);
	CU_ASSERT_EQUAL_FATAL(build_share_nodes(&b.build), 0);
	add_shared(&b, 0, 84 * 1000);
	use_shared(&b, 0, b.nr_leaves);
	first = finish(&b, 84 * 1000);
	given = b.writer.nr_given;
	use_shared(&b, 0, b.nr_leaves);
	CU_ASSERT_EQUAL(finish(&b, 84 * 1000), first);
	CU_ASSERT_EQUAL(b.writer.nr_given, given);
	CU_ASSERT_EQUAL(refs_get(&b.refs, b.leaves[0].where), 1);
	stop(&b);
}

/* Own entries and shared leaves of sizes around every threshold. */
static void stays_legal_whatever_comes(void)
{
	static const uint64_t sizes[] = { 1, 2, 83, 84, 85, 168, 169, 252, 253, 335, 336, 600 };

	srand(1);
	for (unsigned round = 0; round < 300; round++) {
		uint64_t key = 0;
		struct bench b;

		start(&b);
		CU_ASSERT_EQUAL_FATAL(build_share_nodes(&b.build), 0);
		for (int i = rand() % 20; i >= 0; i--) {
			uint64_t nr = sizes[(size_t)rand() % ARRAY_SIZE(sizes)];
			unsigned begin = b.nr_leaves;

			if (rand() % 2) {
				add(&b.build, key, nr);
			} else {
				add_shared(&b, key, nr);
				use_shared(&b, begin, b.nr_leaves);
			}
			key += nr;
		}
		finish(&b, key);
		stop(&b);
	}
}

static void fails_when_the_device_is_full(void)
{
	struct bench b;
	int r = 0;

	start(&b);
	b.writer.end = 4;
	for (uint64_t key = 0; key < 2000 && !r; key++)
		r = build_add(&b.build, key, &key);
	CU_ASSERT_EQUAL(r, -ENOSPC);
	stop(&b);
}

static CU_TestInfo tests[] = {
	{ "fills trees of any size", fills_trees_of_any_size },
	{ "packs leaves", packs_leaves },
	{ "shares leaves among own entries", shares_leaves_among_own_entries },
	{ "copies the leaf in front of few entries", copies_the_leaf_in_front_of_few_entries },
	{ "copies the leaf behind few entries", copies_the_leaf_behind_few_entries },
	{ "takes a lone leaf as the root", takes_a_lone_leaf_as_the_root },
	{ "builds equal inner nodes once", builds_equal_inner_nodes_once },
	{ "stays legal whatever comes", stays_legal_whatever_comes },
	{ "fails when the device is full", fails_when_the_device_is_full },
	CU_TEST_INFO_NULL
};

void test_build_suite(void);

void test_build_suite(void)
{
	add_suite("build", tests);
}
