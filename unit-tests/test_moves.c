/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "thin/holes.h"
#include "thin/moves.h"
#include "unit.h"

static uint64_t seed;

static uint64_t below(uint64_t n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % n;
}

/* Runs of @most blocks at most, so many percent of them members. */
static void fill(struct bits *b, uint64_t most, unsigned percent)
{
	for (uint64_t n = 0; n < b->nr;) {
		uint64_t len = 1 + below(most);
		bool add = below(100) < percent;

		for (; len && n < b->nr; len--, n++)
			if (add)
				bits_add(b, n);
	}
}

/* Each block that has to move goes to a free one of its own, found again by it. */
static void check_moves(const struct moves *m, const struct bits *mapped,
			const struct bits *taken)
{
	struct bits filled;
	uint64_t at = m->limit;

	CU_ASSERT_EQUAL_FATAL(bits_init(&filled, mapped->nr), 0);
	for (size_t i = 0; i < m->nr; i++) {
		const struct move *move = &m->all[i];

		CHECK_IN(i, move->length > 0 && bits_next(mapped, at) == move->from);
		for (uint64_t k = 0; k < move->length; k++) {
			CHECK_IN(i, bits_has(mapped, move->from + k));
			CHECK_IN(i, move->to + k < m->limit && !bits_has(taken, move->to + k));
			CHECK_IN(i, bits_add(&filled, move->to + k));
			CHECK_IN(i, moves_find(m, move->from + k) == move);
		}
		at = move->from + move->length;
	}
	CU_ASSERT_EQUAL(bits_next(mapped, at), mapped->nr);
	CU_ASSERT_EQUAL(filled.count, m->nr_blocks);
	bits_exit(&filled);
}

static void any_pool(void)
{
	unsigned nr_planned = 0, nr_full = 0;

	for (uint64_t round = 1; round <= 1000; round++) {
		struct bits mapped, taken;
		uint64_t nr, limit, above = 0, nr_free = 0;
		struct moves m;
		int r;

		seed = round * 1000003;
		nr = 1 + below(2000);
		limit = 1 + below(nr);
		CU_ASSERT_EQUAL_FATAL(bits_init(&mapped, nr), 0);
		CU_ASSERT_EQUAL_FATAL(bits_init(&taken, nr), 0);
		fill(&mapped, 1 + below(40), (unsigned)below(101));
		fill(&taken, 20, (unsigned)below(20));
		for (uint64_t n = 0; n < nr; n++) {
			if (bits_has(&mapped, n))
				bits_add(&taken, n);
			above += n >= limit && bits_has(&mapped, n);
			nr_free += n < limit && !bits_has(&taken, n);
		}
		r = moves_plan(&m, &mapped, &taken, limit);
		CHECK_IN(round, r == (above > nr_free ? -ENOSPC : 0));
		CHECK_IN(round, m.nr_blocks == above && m.nr_free == nr_free);
		if (!r)
			check_moves(&m, &mapped, &taken);
		nr_planned += !r;
		nr_full += r != 0;
		moves_exit(&m);
		bits_exit(&taken);
		bits_exit(&mapped);
	}
	CU_ASSERT(nr_planned > 50 && nr_full > 50);
}

static void add_range(struct bits *b, uint64_t begin, uint64_t end)
{
	while (begin < end)
		bits_add(b, begin++);
}

/* Gaps of 10, 6 and 100000 blocks; ranges of 6, 5 and 5 fit into the first two. */
static void best_fit(void)
{
	static const struct move wanted[] = {
		{ 200000, 20, 5 }, { 200010, 50, 6 }, { 200020, 25, 5 },
	};
	struct bits b;
	struct moves m;

	CU_ASSERT_EQUAL_FATAL(bits_init(&b, 200100), 0);
	add_range(&b, 0, 20);
	add_range(&b, 30, 50);
	add_range(&b, 56, 100000);
	add_range(&b, 200000, 200005);
	add_range(&b, 200010, 200016);
	add_range(&b, 200020, 200025);
	/* The large gap is filled but for a block, which is less than is wanted. */
	add_range(&b, 100000, 199999);
	CU_ASSERT_EQUAL(moves_plan(&m, &b, &b, 200000), 0);
	CU_ASSERT_EQUAL_FATAL(m.nr, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < m.nr; i++)
		CHECK_IN(i, m.all[i].from == wanted[i].from && m.all[i].to == wanted[i].to &&
			 m.all[i].length == wanted[i].length);
	CU_ASSERT_EQUAL(m.nr_ranges, 3);
	moves_exit(&m);
	bits_exit(&b);
}

/* Longer than all lengths that are told apart. */
static void long_ranges(void)
{
	const uint64_t nr = 700000;
	struct bits b;
	struct moves m;

	CU_ASSERT_EQUAL_FATAL(bits_init(&b, nr), 0);
	add_range(&b, 100000, 100001);
	add_range(&b, 300000, 300010);
	add_range(&b, 400000, 500000);
	add_range(&b, 550000, 640000);
	CU_ASSERT_EQUAL(moves_plan(&m, &b, &b, 400000), 0);
	CU_ASSERT_EQUAL(m.nr_blocks, 190000);
	CU_ASSERT(m.nr <= 4);
	check_moves(&m, &b, &b);
	moves_exit(&m);
	CU_ASSERT_EQUAL(moves_plan(&m, &b, &b, 190010), -ENOSPC);
	moves_exit(&m);
	CU_ASSERT_EQUAL(moves_plan(&m, &b, &b, nr), 0);
	CU_ASSERT_EQUAL(m.nr, 0);
	moves_exit(&m);
	bits_exit(&b);
}

/* Whatever is asked for, holes are handed out once and whole while they last. */
static void holes_are_used_up(void)
{
	struct bits taken, filled;
	uint64_t nr_free, left, begin;
	struct holes h;

	CU_ASSERT_EQUAL_FATAL(bits_init(&taken, 300000), 0);
	CU_ASSERT_EQUAL_FATAL(bits_init(&filled, 300000), 0);
	seed = 7;
	fill(&taken, 3000, 50);
	CU_ASSERT_EQUAL(holes_init(&h, &taken, 300000, 300000 - taken.count, &nr_free), 0);
	CU_ASSERT_EQUAL(nr_free, 300000 - taken.count);
	for (left = nr_free; left;) {
		uint64_t want = 1 + below(left < 2000 ? left : 2000);
		uint64_t got = holes_take(&h, want, &begin);

		CU_ASSERT_FATAL(got >= 1 && got <= want);
		for (uint64_t n = begin; n < begin + got; n++)
			CHECK_IN(n, !bits_has(&taken, n) && bits_add(&filled, n));
		left -= got;
	}
	holes_exit(&h);
	CU_ASSERT_EQUAL(holes_init(&h, &taken, 300000, nr_free + 1, &nr_free), -ENOSPC);
	holes_exit(&h);
	bits_exit(&filled);
	bits_exit(&taken);
}

void test_moves_suite(void);
void test_moves_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "moves all there is to move to free blocks", any_pool },
		{ "fills the smallest hole that is large enough", best_fit },
		{ "copes with ranges of any length", long_ranges },
		{ "hands out holes once", holes_are_used_up },
		CU_TEST_INFO_NULL,
	};

	add_suite("moves", tests);
}
