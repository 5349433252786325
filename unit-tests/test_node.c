/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stddef.h>
#include <string.h>

#include "fixture.h"
#include "pdata/node.h"

#define HERE 5u

static _Alignas(8) uint8_t block[META_BLOCK_SIZE];
static const uint32_t sizes[] = { 4, 8, 16, 24 };
static const uint32_t rooms[] = { 336, 252, 168, 126 };

/* Keys 10, 20, 30 ...  */
static void make(uint32_t flags, uint32_t size, uint32_t nr)
{
	static const uint8_t value[24] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

	node_make(block, flags, size);
	for (uint32_t i = 0; i < nr; i++)
		node_put(block, 10 * (i + 1), value);
	block_seal(block, HERE, NODE_SALT);
}

static int parse(struct node *n, uint32_t size, struct fault *f)
{
	block_seal(block, HERE, NODE_SALT);
	return node_parse(n, block, HERE, size, f);
}

static void views_leaves_of_every_size(void)
{
	struct fault f;
	struct node n;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint32_t counts[] = { 0, 1, rooms[i] };

		for (size_t k = 0; k < ARRAY_SIZE(counts); k++) {
			make(NODE_LEAF, sizes[i], counts[k]);
			CHECK_IN(i, parse(&n, sizes[i], &f) == 0);
			CHECK_IN(i, n.leaf && n.nr_entries == counts[k]);
			CHECK_IN(i, n.max_entries == rooms[i] && n.value_size == sizes[i]);
			for (uint32_t e = 0; e < counts[k]; e++) {
				CHECK_IN(e, node_key(&n, e) == 10 * (e + 1));
				CHECK_IN(e, node_value(&n, e) == node_value_at(block, e));
			}
		}
	}
}

static void views_inner_nodes(void)
{
	struct fault f;
	struct node n;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		make(NODE_INTERNAL, 8, 252);
		CHECK_IN(i, parse(&n, sizes[i], &f) == 0);
		CHECK_IN(i, !n.leaf && n.nr_entries == 252);
		CHECK_IN(i, node_value64(&n, 251) == 0x0807060504030201ull);
	}
}

static void rejects_a_spoilt_header_field(void)
{
#define F(field) offsetof(struct node_header_disk, field)
	static const struct {
		size_t field;
		uint32_t value;
		enum fault_code want;
		uint64_t wanted;
	} spoilt[] = {
		{ F(flags), 0, FAULT_NODE_FLAGS, NODE_LEAF },
		{ F(flags), 3, FAULT_NODE_FLAGS, NODE_LEAF },
		{ F(flags), 0x102, FAULT_NODE_FLAGS, NODE_LEAF },
		{ F(flags), 0x80000002, FAULT_NODE_FLAGS, NODE_LEAF },
		{ F(flags), NODE_INTERNAL, FAULT_NODE_VALUE_SIZE, 8 },
		{ F(value_size), 8, FAULT_NODE_VALUE_SIZE, 24 },
		{ F(value_size), 0, FAULT_NODE_VALUE_SIZE, 24 },
		{ F(value_size), UINT32_MAX, FAULT_NODE_VALUE_SIZE, 24 },
		{ F(max_entries), 0, FAULT_NODE_MAX_ENTRIES, 126 },
		{ F(max_entries), 125, FAULT_NODE_MAX_ENTRIES, 126 },
		{ F(max_entries), 127, FAULT_NODE_MAX_ENTRIES, 126 },
		{ F(max_entries), 129, FAULT_NODE_MAX_ENTRIES, 126 },
		{ F(max_entries), 0xfffffffd, FAULT_NODE_MAX_ENTRIES, 126 },
		{ F(nr_entries), 127, FAULT_NODE_NR_ENTRIES, 126 },
		{ F(nr_entries), UINT32_MAX, FAULT_NODE_NR_ENTRIES, 126 },
	};
	struct fault f;
	struct node n;

	for (size_t i = 0; i < ARRAY_SIZE(spoilt); i++) {
		make(NODE_LEAF, 24, 60);
		put32(block + spoilt[i].field, spoilt[i].value);
		CHECK_IN(i, parse(&n, 24, &f) == -EUCLEAN);
		CHECK_IN(i, f.code == spoilt[i].want && f.where == HERE);
		CHECK_IN(i, f.found == spoilt[i].value || spoilt[i].field == F(flags));
		CHECK_IN(i, f.wanted == spoilt[i].wanted);
	}
}

static void rejects_an_empty_inner_node(void)
{
	struct fault f;
	struct node n;

	make(NODE_INTERNAL, 8, 0);
	CU_ASSERT_EQUAL(parse(&n, 8, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.code, FAULT_NODE_EMPTY);
}

static void rejects_keys_out_of_order(void)
{
	struct fault f;
	struct node n;

	for (uint32_t i = 1; i < 252; i++) {
		make(NODE_LEAF, 8, 252);
		put64(node_key_at(block, i), 10 * i);
		CHECK_IN(i, parse(&n, 8, &f) == -EUCLEAN);
		CHECK_IN(i, f.code == FAULT_NODE_KEY_ORDER);
		CHECK_IN(i, f.found == 10 * i && f.wanted == 10 * i);
	}
	/* As unsigned numbers. */
	make(NODE_LEAF, 8, 2);
	put64(node_key_at(block, 0), INT64_MAX);
	put64(node_key_at(block, 1), 1ull << 63);
	CU_ASSERT_EQUAL(parse(&n, 8, &f), 0);
	put64(node_key_at(block, 1), 0);
	CU_ASSERT_EQUAL(parse(&n, 8, &f), -EUCLEAN);
}

static void does_not_look_behind_the_entries(void)
{
	struct fault f;
	struct node n;

	make(NODE_LEAF, 8, 100);
	put64(node_key_at(block, 100), 0);
	CU_ASSERT_EQUAL(parse(&n, 8, &f), 0);
}

static void takes_smaller_nodes(void)
{
	struct fault f;
	struct node n;

	for (uint32_t max = 99; max < 252; max += 3) {
		make(NODE_LEAF, 8, 99);
		node_shrink(block, max);
		CHECK_IN(max, parse(&n, 8, &f) == 0);
		CHECK_IN(max, n.max_entries == max);
		CHECK_IN(max, node_value64(&n, 98) == 0x0807060504030201ull);
		put32(block + 20, max - 1);
		CHECK_IN(max, parse(&n, 8, &f) == -EUCLEAN);
	}
}

static void notices_bad_manners(void)
{
	struct fault f[NODE_MANNERS];
	struct node n;

	make(NODE_LEAF, 8, 84);
	CU_ASSERT_EQUAL_FATAL(parse(&n, 8, f), 0);
	CU_ASSERT_EQUAL(node_check_manners(&n, block, false, f), 0);
	make(NODE_LEAF, 8, 83);
	CU_ASSERT_EQUAL_FATAL(parse(&n, 8, f), 0);
	CU_ASSERT_EQUAL(node_check_manners(&n, block, true, f), 0);
	CU_ASSERT_EQUAL(node_check_manners(&n, block, false, f), 1);
	CU_ASSERT_EQUAL(f[0].code, FAULT_NODE_UNDERFULL);
	CU_ASSERT_EQUAL(f[0].found, 83);
	CU_ASSERT_EQUAL(f[0].wanted, 84);

	node_shrink(block, 126);
	put32(block + 28, 9);
	CU_ASSERT_EQUAL_FATAL(parse(&n, 8, f), 0);
	CU_ASSERT_EQUAL(node_check_manners(&n, block, false, f), 2);
	CU_ASSERT_EQUAL(f[0].code, FAULT_NODE_MAX_SMALL);
	CU_ASSERT_EQUAL(f[1].code, FAULT_NODE_PADDING);
	CU_ASSERT_EQUAL(f[1].where, HERE);
}

static void finds_keys(void)
{
	struct fault f;
	struct node n;

	make(NODE_LEAF, 8, 0);
	CU_ASSERT_EQUAL_FATAL(parse(&n, 8, &f), 0);
	CU_ASSERT_EQUAL(node_find(&n, 5), -1);
	for (uint32_t nr = 1; nr < 60; nr++) {
		make(NODE_LEAF, 8, nr);
		CU_ASSERT_EQUAL_FATAL(parse(&n, 8, &f), 0);
		CHECK_IN(nr, node_find(&n, 9) == -1);
		CHECK_IN(nr, node_find(&n, UINT64_MAX) == (int)nr - 1);
		for (uint32_t k = 10; k < 10 * nr + 10; k++)
			CHECK_IN(k, node_find(&n, k) == (int)k / 10 - 1);
	}
}

void test_node_suite(void);
void test_node_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "views leaves of every value size", views_leaves_of_every_size },
		{ "views inner nodes", views_inner_nodes },
		{ "rejects a spoilt header field", rejects_a_spoilt_header_field },
		{ "rejects an empty inner node", rejects_an_empty_inner_node },
		{ "rejects keys out of order", rejects_keys_out_of_order },
		{ "does not look behind the entries", does_not_look_behind_the_entries },
		{ "takes nodes with less room", takes_smaller_nodes },
		{ "notices bad manners", notices_bad_manners },
		{ "finds keys", finds_keys },
		CU_TEST_INFO_NULL,
	};

	add_suite("node", tests);
}
