/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/fault.h"
#include "base/workers.h"

static void fills_a_fault(void)
{
	struct fault f;

	CU_ASSERT_EQUAL(fault(&f, FAULT_NODE_FLAGS, 7, 3, 2), -EUCLEAN);
	CU_ASSERT_EQUAL(f.code, FAULT_NODE_FLAGS);
	CU_ASSERT_EQUAL(f.where, 7);
	CU_ASSERT_EQUAL(f.found, 3);
	CU_ASSERT_EQUAL(f.wanted, 2);
	CU_ASSERT_EQUAL(f.dev_id, FAULT_NO_DEV);
	CU_ASSERT_EQUAL(f.kind, KIND_FREE);
	CU_ASSERT_EQUAL(f.begin, f.end);
}

static void names_every_code_and_class(void)
{
	for (unsigned a = 0; a < NR_FAULT_CODES; a++) {
		CHECK_IN(a, fault_name(a) && *fault_name(a));
		for (unsigned b = 0; b < a; b++)
			CHECK_IN(a, strcmp(fault_name(a), fault_name(b)));
	}
	CU_ASSERT_STRING_EQUAL(fault_name(FAULT_MAPPING_TWICE), "MAPPING_TWICE");
	CU_ASSERT_STRING_EQUAL(fault_class_name(FAULT_FATAL), "fatal");
	CU_ASSERT_STRING_EQUAL(fault_class_name(FAULT_HINT), "hint");
	CU_ASSERT_STRING_EQUAL(block_kind_name(KIND_BITMAP), "bitmap");
	for (unsigned k = 0; k < NR_BLOCK_KINDS; k++)
		CHECK_IN(k, *block_kind_name(k));
	CU_ASSERT_STRING_EQUAL(block_kind_name(NR_BLOCK_KINDS), "block of no known kind");
	CU_ASSERT_STRING_EQUAL(block_kind_name(UINT64_MAX), "block of no known kind");
}

static void space_maps_are_never_fatal(void)
{
	struct fault f;

	fault(&f, FAULT_BLOCK_CSUM, 1, 2, 3);
	for (unsigned k = 0; k < NR_BLOCK_KINDS; k++) {
		f.kind = k;
		CHECK_IN(k, fault_class(&f) == (block_kind_is_space_map(k) ? FAULT_REPAIR :
						FAULT_FATAL));
	}
	CU_ASSERT_TRUE(block_kind_is_space_map(KIND_OVERFLOW));
	CU_ASSERT_TRUE(block_kind_is_space_map(KIND_INDEX_TREE));
	CU_ASSERT_FALSE(block_kind_is_space_map(KIND_MAPPING));
	fault(&f, FAULT_INDEX_HINT, 1, 2, 3);
	f.kind = KIND_INDEX;
	CU_ASSERT_EQUAL(fault_class(&f), FAULT_HINT);
}

static void puts_faults_into_words(void)
{
	char text[FAULT_TEXT_MAX];
	struct fault f;

	fault(&f, FAULT_BLOCK_CSUM, 7, 0xab, 0xcd);
	CU_ASSERT_STRING_EQUAL(fault_text(&f, text), "block 7: checksum is 0xab, wanted 0xcd");

	fault(&f, FAULT_BLOCK_TYPE, 9, KIND_BITMAP, KIND_NODE);
	f.kind = KIND_MAPPING;
	f.dev_id = 3;
	f.shared = true;
	f.begin = 10;
	f.end = 20;
	CU_ASSERT_STRING_EQUAL(fault_text(&f, text),
			       "block 9 (mapping node): device 3 and others: "
			       "block is of kind bitmap, wanted btree node; "
			       "takes thin blocks 10..20");
	f.end = UINT64_MAX;
	f.shared = false;
	CU_ASSERT_STRING_EQUAL(fault_text(&f, text),
			       "block 9 (mapping node): device 3: block is of kind bitmap, "
			       "wanted btree node; takes thin blocks from 10 on");
	f.kind = KIND_TOP;
	CU_ASSERT_STRING_EQUAL(fault_range_name(&f), "devices");
	f.kind = KIND_DETAILS;
	CU_ASSERT_STRING_EQUAL(fault_range_name(&f), "devices");
	f.kind = KIND_INDEX_TREE;
	CU_ASSERT_STRING_EQUAL(fault_range_name(&f), "bitmaps");
	f.kind = KIND_OVERFLOW;
	CU_ASSERT_STRING_EQUAL(fault_range_name(&f), "counts of blocks");
	f.end = f.begin;
	CU_ASSERT_PTR_NULL(fault_range_name(&f));

	fault(&f, FAULT_META_LEAK, 5, 2, 1);
	f.end = 1;
	CU_ASSERT_STRING_EQUAL(fault_range_name(&f), "metadata blocks");

	fault(&f, FAULT_DATA_LEAK, 5, 2, 1);
	f.begin = 100;
	f.end = 102;
	CU_ASSERT_STRING_EQUAL(fault_text(&f, text), "block 5: data block has count 2, wanted 1; "
			       "is about data blocks 100..102");
}

static void every_text_fits_with_the_largest_values(void)
{
	char text[FAULT_TEXT_MAX];
	struct fault f;

	for (unsigned c = 0; c < NR_FAULT_CODES; c++) {
		fault(&f, c, UINT64_MAX, UINT64_MAX, UINT64_MAX);
		f.kind = KIND_HELD;
		f.dev_id = FAULT_NO_DEV - 1;
		f.shared = true;
		f.end = UINT64_MAX - 1;
		CHECK_IN(c, strlen(fault_text(&f, text)) < FAULT_TEXT_MAX - 1);
		CHECK_IN(c, !strchr(text, '{') && !strchr(text, '}'));
	}
}

static void orders_by_place_first(void)
{
	struct fault a, b;

	fault(&a, FAULT_NODE_FLAGS, 1, 9, 9);
	fault(&b, FAULT_SB_MAGIC, 2, 0, 0);
	CU_ASSERT_TRUE(fault_compare(&a, &b) < 0);
	CU_ASSERT_TRUE(fault_compare(&b, &a) > 0);
	CU_ASSERT_EQUAL(fault_compare(&a, &a), 0);
	b = a;
	b.dev_id = 4;
	CU_ASSERT_TRUE(fault_compare(&b, &a) < 0);
	b = a;
	b.begin = 1;
	CU_ASSERT_TRUE(fault_compare(&a, &b) < 0);
	b = a;
	b.end = 1;
	CU_ASSERT_TRUE(fault_compare(&a, &b) < 0);
	b = a;
	b.found = 10;
	CU_ASSERT_TRUE(fault_compare(&a, &b) < 0);
	b = a;
	b.wanted = 10;
	CU_ASSERT_TRUE(fault_compare(&a, &b) < 0);
	b = a;
	b.code = FAULT_SB_MAGIC;
	CU_ASSERT_TRUE(fault_compare(&b, &a) < 0);
}

static void keeps_the_first_ones_and_counts_all(void)
{
	struct fault_sink s;
	struct fault f;

	CU_ASSERT_EQUAL_FATAL(fault_sink_init(&s, 100), 0);
	for (uint64_t i = 0; i < 5000; i++) {
		fault(&f, FAULT_META_LEAK, i * 7919 % 5000, 1, 0);
		fault_sink_add(&s, &f);
	}
	fault_sink_sort(&s);
	CU_ASSERT_EQUAL_FATAL(s.nr, 100);
	for (uint64_t i = 0; i < 100; i++)
		CHECK_IN(i, s.faults[i].where == i);
	CU_ASSERT_EQUAL(s.nr_by_code[FAULT_META_LEAK], 5000);
	CU_ASSERT_EQUAL(s.nr_by_class[FAULT_LEAK], 5000);
	CU_ASSERT_EQUAL(s.error, 0);
	fault_sink_exit(&s);
}

static void drops_what_is_there_twice(void)
{
	struct fault_sink s;
	struct fault f;

	CU_ASSERT_EQUAL_FATAL(fault_sink_init(&s, 1), 0);
	fault_sink_sort(&s);
	CU_ASSERT_EQUAL(s.nr, 0);
	for (unsigned i = 0; i < 50; i++) {
		fault(&f, FAULT_META_LEAK, 7, 1, 0);
		fault_sink_add(&s, &f);
	}
	fault_sink_sort(&s);
	CU_ASSERT_EQUAL(s.nr, 1);
	fault(&f, FAULT_META_LEAK, 6, 1, 0);
	fault_sink_add(&s, &f);
	fault_sink_sort(&s);
	CU_ASSERT_EQUAL_FATAL(s.nr, 1);
	CU_ASSERT_EQUAL(s.faults[0].where, 6);
	fault_sink_exit(&s);
}

static int feed(void *arg, unsigned index)
{
	struct fault f;

	for (uint64_t i = 0; i < 2000; i++) {
		fault(&f, FAULT_DATA_LOW, i * 4 + index, 1, 0);
		fault_sink_add(arg, &f);
	}
	return 0;
}

static void many_threads_give_the_same(void)
{
	struct fault_sink s;

	CU_ASSERT_EQUAL_FATAL(fault_sink_init(&s, 500), 0);
	workers_run(4, feed, &s);
	fault_sink_sort(&s);
	CU_ASSERT_EQUAL_FATAL(s.nr, 500);
	for (uint64_t i = 0; i < 500; i++)
		CHECK_IN(i, s.faults[i].where == i);
	CU_ASSERT_EQUAL(s.nr_by_class[FAULT_REPAIR], 8000);
	fault_sink_exit(&s);
}

void test_fault_suite(void);
void test_fault_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "fills a fault", fills_a_fault },
		{ "names every code, class and kind", names_every_code_and_class },
		{ "space maps are never fatal", space_maps_are_never_fatal },
		{ "puts faults into words", puts_faults_into_words },
		{ "every text fits with the largest values",
		  every_text_fits_with_the_largest_values },
		{ "orders by place first", orders_by_place_first },
		{ "keeps the first ones and counts all", keeps_the_first_ones_and_counts_all },
		{ "drops what is there twice", drops_what_is_there_twice },
		{ "many threads give the same", many_threads_give_the_same },
		CU_TEST_INFO_NULL,
	};

	add_suite("fault", tests);
}
