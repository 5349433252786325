/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/solve.h"

#include <string.h>

#include "unit.h"

/* Keys, entries, worth. */
struct piece {
	uint64_t first, last, nr;
	uint32_t worth;
};

/* The names of what is chosen, as bits; names are places in @pieces. */
static unsigned choose(struct solve *s, const struct piece *pieces, size_t nr)
{
	struct solve_item items[8];
	unsigned chosen = 0;

	for (size_t i = 0; i < nr; i++)
		items[i] = (struct solve_item){
			.first = pieces[i].first, .last = pieces[i].last, .nr = pieces[i].nr,
			.worth = pieces[i].worth, .name = (uint32_t)i,
		};
	s->items = items;
	s->nr = nr;
	CU_ASSERT_EQUAL(solve_run(s), 0);
	for (size_t i = 0; i < nr; i++)
		chosen |= (unsigned)items[i].chosen << items[i].name;
	s->items = NULL;
	return chosen;
}

static void overlapping(void)
{
	const struct piece pieces[] = {
		{ 0, 9, 10, 100 }, { 5, 14, 10, 150 }, { 10, 19, 10, 100 },
	};
	struct solve s = { .wanted = UINT64_MAX };

	/* Two beside each other are worth more than the one across. */
	CU_ASSERT_EQUAL(choose(&s, pieces, 3), 5);
	CU_ASSERT_EQUAL(s.sum, 20);
	CU_ASSERT_EQUAL(s.worth, 200);
	CU_ASSERT_FALSE(s.exact);
}

static void adding_up(void)
{
	const struct piece pieces[] = {
		{ 0, 9, 10, 100 }, { 0, 9, 7, 90 }, { 10, 19, 10, 100 }, { 10, 19, 9, 90 },
	};
	struct solve s = { .wanted = 17, .slack = 50 };

	CU_ASSERT_EQUAL(choose(&s, pieces, 4), 6);
	CU_ASSERT_TRUE(s.exact);
	CU_ASSERT_TRUE(s.unique);
	/* Where there is more than one way, that is said. */
	s = (struct solve){ .wanted = 10, .slack = 500 };
	choose(&s, pieces, 4);
	CU_ASSERT_TRUE(s.exact);
	CU_ASSERT_FALSE(s.unique);
}

static void not_worth_it(void)
{
	const struct piece pieces[] = { { 0, 9, 9, 1000 }, { 20, 29, 10, 10 } };
	struct solve s = { .wanted = 10, .slack = 100 };

	/* The exact number would cost all that something speaks for. */
	CU_ASSERT_EQUAL(choose(&s, pieces, 2), 1);
	CU_ASSERT_FALSE(s.exact);
	s.slack = 2000;
	CU_ASSERT_EQUAL(choose(&s, pieces, 2), 2);
	CU_ASSERT_TRUE(s.exact);
	s.only_most = true;
	CU_ASSERT_EQUAL(choose(&s, pieces, 2), 1);
}

static void too_large_a_table(void)
{
	const struct piece pieces[] = {
		{ 0, 9, 1u << 30, 10 }, { 10, 19, 1u << 30, 30 }, { 20, 29, 1u << 30, 20 },
	};
	struct solve s = { .wanted = 2ull << 30 };

	/* The cheapest goes until the rest fits. */
	CU_ASSERT_EQUAL(choose(&s, pieces, 3), 6);
	CU_ASSERT_EQUAL(s.sum, 2ull << 30);
}

static void nothing(void)
{
	struct solve s = { .wanted = 5 };

	CU_ASSERT_EQUAL(choose(&s, NULL, 0), 0);
	CU_ASSERT_EQUAL(s.sum, 0);
	CU_ASSERT_FALSE(s.exact);
}

void test_solve_suite(void);
void test_solve_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "of pieces that overlap takes the worthiest", overlapping },
		{ "prefers what adds up, and says if there are more ways", adding_up },
		{ "does not pay any price for it", not_worth_it },
		{ "does without a table that would be too large", too_large_a_table },
		{ "chooses nothing where there is nothing", nothing },
		CU_TEST_INFO_NULL,
	};

	add_suite("solve", tests);
}
