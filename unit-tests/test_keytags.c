/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/workers.h"
#include "thin/keytags.h"

#define NR 1000u

static struct keytags t;

/* Every third block, and some that follow each other, have tags. */
static bool has_tag(uint64_t block)
{
	return block % 3 == 0 || (block > 500 && block < 600) || block == NR - 1;
}

static void open_tags(void)
{
	if (keytags_init(&t, NR))
		CU_FAIL_FATAL("no memory");
	for (uint64_t b = 0; b < NR; b++)
		if (has_tag(b))
			bits_add(&t.several, b);
	if (keytags_begin(&t))
		CU_FAIL_FATAL("no memory");
}

static void note(uint64_t block, uint64_t key, uint16_t flags)
{
	keytags_note(&t, keytags_index(&t, block), block, keytag(key, flags));
}

static bool is_suspect(uint64_t block)
{
	for (uint32_t i = 0; i < t.nr_suspects; i++)
		if (t.suspects[i] == block)
			return true;
	return false;
}

static void gives_each_block_an_index(void)
{
	uint64_t index = 0;

	open_tags();
	for (uint64_t b = 0; b < NR; b++) {
		CHECK_IN(b, keytags_index(&t, b) == index);
		index += has_tag(b);
	}
	CU_ASSERT_EQUAL(t.nr, index);
	keytags_exit(&t);
}

static void a_tag_is_never_nothing(void)
{
	for (uint64_t key = 0; key < 100000; key++)
		CHECK_IN(key, keytag(key, 0) & KEYTAG_HASH && !(keytag(key, 0) & ~KEYTAG_HASH));
	CU_ASSERT_TRUE(keytag(UINT64_MAX, 0) & KEYTAG_HASH);
	CU_ASSERT_EQUAL(keytag(5, KEYTAG_LIVE) & ~KEYTAG_HASH, KEYTAG_LIVE);
}

static void one_address_is_no_suspect(void)
{
	open_tags();
	note(3, 7, 0);
	note(3, 7, KEYTAG_LIVE);
	note(3, 7, KEYTAG_LIVE);
	note(6, 7, KEYTAG_LIVE | KEYTAG_LATE);
	note(6, 7, 0);
	note(9, 7, 0);
	note(9, 7, KEYTAG_LIVE | KEYTAG_LATE);
	CU_ASSERT_EQUAL(t.nr_suspects, 0);
	keytags_exit(&t);
}

static void another_address_is_a_suspect(void)
{
	open_tags();
	note(3, 7, 0);
	note(3, 8, 0);
	note(501, 8, KEYTAG_LIVE);
	note(501, 8, 0);
	note(501, 9, KEYTAG_LIVE);
	CU_ASSERT_TRUE(is_suspect(3));
	CU_ASSERT_TRUE(is_suspect(501));
	CU_ASSERT_EQUAL(t.nr_suspects, 2);
	keytags_exit(&t);
}

static void sharing_what_is_taken_for_own_is_suspect(void)
{
	static const uint16_t late = KEYTAG_LIVE | KEYTAG_LATE;

	open_tags();
	note(3, 7, late);
	note(3, 7, KEYTAG_LIVE);
	note(6, 7, KEYTAG_LIVE);
	note(6, 7, late);
	note(9, 7, late);
	note(9, 7, late);
	note(12, 7, 0);
	note(12, 7, late);
	note(12, 7, KEYTAG_LIVE);
	for (uint64_t b = 3; b <= 12; b += 3)
		CHECK_IN(b, is_suspect(b));
	keytags_exit(&t);
}

static void keeps_the_lowest_suspects(void)
{
	open_tags();
	for (uint64_t b = 10000; b-- > 0;) {
		keytags_suspect(&t, b);
		keytags_suspect(&t, b);
	}
	keytags_sort(&t);
	CU_ASSERT_EQUAL_FATAL(t.nr_suspects, KEYTAGS_SUSPECTS);
	for (uint32_t i = 0; i < KEYTAGS_SUSPECTS; i++)
		CHECK_IN(i, t.suspects[i] == i);
	keytags_exit(&t);
}

static int note_all(void *arg, unsigned worker)
{
	(void)arg;
	for (uint64_t b = 0; b < NR; b++)
		if (has_tag(b))
			note(b, b % 100 == 0 ? worker : b, KEYTAG_LIVE);
	return 0;
}

static void threads_find_the_same_suspects(void)
{
	open_tags();
	workers_run(4, note_all, NULL);
	keytags_sort(&t);
	for (uint64_t b = 0; b < NR; b++)
		CHECK_IN(b, is_suspect(b) == (has_tag(b) && b % 100 == 0));
	keytags_exit(&t);
}

static void can_be_empty(void)
{
	CU_ASSERT_EQUAL(keytags_init(&t, 0), 0);
	CU_ASSERT_EQUAL(keytags_begin(&t), 0);
	CU_ASSERT_EQUAL(t.nr, 0);
	keytags_sort(&t);
	keytags_exit(&t);
	keytags_exit(&t);
}

void test_keytags_suite(void);
void test_keytags_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "gives each block an index", gives_each_block_an_index },
		{ "a tag is never nothing", a_tag_is_never_nothing },
		{ "one address is no suspect", one_address_is_no_suspect },
		{ "another address is a suspect", another_address_is_a_suspect },
		{ "sharing what is taken for own is suspect",
		  sharing_what_is_taken_for_own_is_suspect },
		{ "keeps the lowest suspects", keeps_the_lowest_suspects },
		{ "threads find the same suspects", threads_find_the_same_suspects },
		{ "can be empty", can_be_empty },
		CU_TEST_INFO_NULL,
	};

	add_suite("keytags", tests);
}
