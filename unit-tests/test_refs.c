/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/refs.h"
#include "base/workers.h"

static void init(struct refs *r, uint64_t nr)
{
	if (refs_init(r, nr))
		CU_FAIL_FATAL("no memory");
}

static void counts_up_and_down_past_every_edge(void)
{
	struct refs r;

	init(&r, 20);
	for (int n = 1; n <= 300; n++) {
		refs_add(&r, 9, 1);
		CHECK_IN((unsigned)n, refs_get(&r, 9) == n);
	}
	for (int n = 299; n >= -300; n--) {
		refs_add(&r, 9, -1);
		CHECK_IN((unsigned)(n + 300), refs_get(&r, 9) == n);
	}
	for (int n = -299; n <= 0; n++)
		refs_add(&r, 9, 1);
	CU_ASSERT_EQUAL(refs_get(&r, 9), 0);
	CU_ASSERT_EQUAL(refs_get(&r, 8), 0);
	CU_ASSERT_EQUAL(refs_get(&r, 10), 0);
	CU_ASSERT_EQUAL(refs_next(&r, 0), 20);
	refs_exit(&r);
}

static void takes_any_number_at_once(void)
{
	static const int64_t steps[] = {
		62, 1, 1, -1, -125, -1, 1, INT32_MAX, UINT32_MAX, -(int64_t)UINT32_MAX, 1ll << 40,
		-(1ll << 41), 63, 64, -64, -63, -62, 0,
	};
	int64_t sum = 0;
	struct refs r;

	init(&r, 3);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		refs_add(&r, 2, steps[i]);
		sum += steps[i];
		CHECK_IN(i, refs_get(&r, 2) == sum);
	}
	refs_exit(&r);
}

static void each_single_value_is_exact(void)
{
	struct refs r;

	init(&r, 1);
	for (int64_t v = -200; v <= 200; v++) {
		refs_add(&r, 0, v - refs_get(&r, 0));
		CHECK_IN((unsigned)(v + 200), refs_get(&r, 0) == v);
	}
	refs_exit(&r);
	for (int64_t v = -200; v <= 200; v++) {
		init(&r, 1);
		refs_add(&r, 0, v);
		CHECK_IN((unsigned)(v + 200), refs_get(&r, 0) == v);
		CHECK_IN((unsigned)(v + 200), refs_next(&r, 0) == (v ? 0 : 1));
		refs_exit(&r);
	}
}

static void runs_go_across_words(void)
{
	struct refs r;

	for (uint64_t begin = 0; begin < 18; begin++)
		for (uint64_t len = 0; len < 35; len++) {
			init(&r, 64);
			refs_add_run(&r, begin, len, 1);
			refs_add_run(&r, 0, 64, -1);
			for (uint64_t b = 0; b < 64; b++)
				CHECK_IN(begin * 100 + len, refs_get(&r, b) ==
					 (b >= begin && b < begin + len) - 1);
			refs_exit(&r);
		}
}

/* Within a word, one block at its limit must not disturb the others. */
static void runs_past_the_edge_of_a_byte(void)
{
	struct refs r;

	init(&r, 16);
	refs_add(&r, 3, 60);
	refs_add(&r, 5, -60);
	for (int n = 1; n <= 200; n++) {
		refs_add_run(&r, 0, 16, 1);
		for (uint64_t b = 0; b < 16; b++)
			CHECK_IN((unsigned)n, refs_get(&r, b) ==
				 n + (b == 3 ? 60 : b == 5 ? -60 : 0));
	}
	for (int n = 199; n >= -200; n--)
		refs_add_run(&r, 0, 16, -1);
	CU_ASSERT_EQUAL(refs_get(&r, 0), -200);
	CU_ASSERT_EQUAL(refs_get(&r, 3), -140);
	CU_ASSERT_EQUAL(refs_get(&r, 5), -260);
	refs_exit(&r);
}

static void unknown_stays_unknown(void)
{
	struct refs r;

	init(&r, 24);
	refs_set_unknown(&r, 7);
	CU_ASSERT_TRUE(refs_is_unknown(&r, 7));
	refs_add(&r, 7, 5);
	refs_add(&r, 7, -500);
	for (int n = 0; n < 300; n++)
		refs_add_run(&r, 0, 24, n < 150 ? 1 : -1);
	CU_ASSERT_TRUE(refs_is_unknown(&r, 7));
	CU_ASSERT_EQUAL(refs_get(&r, 7), 0);
	CU_ASSERT_EQUAL(refs_next(&r, 0), 24);

	/* Also from the table. */
	refs_add(&r, 8, 1000);
	refs_set_unknown(&r, 8);
	CU_ASSERT_TRUE(refs_is_unknown(&r, 8));
	CU_ASSERT_EQUAL(refs_get(&r, 8), 0);
	CU_ASSERT_FALSE(refs_is_unknown(&r, 9));
	refs_exit(&r);
}

static void many_blocks_fit_into_the_table(void)
{
	struct refs r;

	init(&r, 5000);
	for (uint64_t b = 0; b < 5000; b++)
		refs_add(&r, b, (int64_t)b * 1000 - 100);
	for (uint64_t b = 0; b < 5000; b++)
		CHECK_IN(b, refs_get(&r, b) == (int64_t)b * 1000 - 100);
	CU_ASSERT_EQUAL(refs_error(&r), 0);
	refs_exit(&r);
}

static void eight_are_set_at_once(void)
{
	struct refs r;

	init(&r, 16);
	refs_set_eight(&r, 8, 0x0003010200000201ull);
	for (uint64_t b = 0; b < 16; b++)
		CHECK_IN(b, refs_get(&r, b) == (b < 8 ? 0 : "\1\2\0\0\2\1\3\0"[b - 8]));
	refs_add_run(&r, 0, 16, -1);
	CU_ASSERT_EQUAL(refs_get(&r, 14), 2);
	CU_ASSERT_EQUAL(refs_get(&r, 15), -1);
	refs_exit(&r);
}

static void finds_what_is_not_settled(void)
{
	struct refs r;

	init(&r, 100);
	refs_set_unknown(&r, 3);
	refs_add(&r, 30, 100);
	refs_add(&r, 30, -100);
	refs_add(&r, 50, -1);
	refs_add(&r, 99, 700);
	CU_ASSERT_EQUAL(refs_next(&r, 0), 50);
	CU_ASSERT_EQUAL(refs_next(&r, 50), 50);
	CU_ASSERT_EQUAL(refs_next(&r, 51), 99);
	CU_ASSERT_EQUAL(refs_next(&r, 100), 100);
	CU_ASSERT_EQUAL(refs_next(&r, 1000), 100);
	refs_exit(&r);
}

#define ROUNDS 3000u

static int hammer(void *arg, unsigned index)
{
	struct refs *r = arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		refs_add_run(r, index % 5, 90, 1);
		refs_add(r, 50, 7);
		refs_add(r, 70, -3);
		if (i == ROUNDS / 2)
			refs_set_unknown(r, 33);
		refs_get(r, 50);
	}
	return 0;
}

static void threads_lose_nothing(void)
{
	struct refs r;

	init(&r, 100);
	CU_ASSERT_EQUAL(workers_run(4, hammer, &r), 0);
	for (uint64_t b = 0; b < 100; b++) {
		int64_t want = 0;

		for (unsigned t = 0; t < 4; t++)
			want += b >= t && b < t + 90 ? ROUNDS : 0;
		want += b == 50 ? 4ll * ROUNDS * 7 : b == 70 ? -4ll * ROUNDS * 3 : 0;
		CHECK_IN(b, refs_get(&r, b) == (b == 33 ? 0 : want));
	}
	CU_ASSERT_TRUE(refs_is_unknown(&r, 33));
	refs_exit(&r);
}

static void can_be_empty(void)
{
	struct refs r;

	init(&r, 0);
	CU_ASSERT_EQUAL(refs_next(&r, 0), 0);
	refs_add_run(&r, 0, 0, 1);
	refs_exit(&r);
}

static void tells_zeroes(void)
{
	struct refs r;

	init(&r, 40);
	CU_ASSERT_EQUAL(refs_zeroes(&r, 8), 0xff);
	refs_add(&r, 9, 1);
	refs_add(&r, 12, -1);
	refs_add(&r, 14, 128);
	refs_add(&r, 15, 1000);
	refs_set_unknown(&r, 10);
	CU_ASSERT_EQUAL(refs_zeroes(&r, 0), 0xff);
	CU_ASSERT_EQUAL(refs_zeroes(&r, 8), 0x29);
	CU_ASSERT_EQUAL(refs_zeroes(&r, 16), 0xff);
	refs_add(&r, 9, -1);
	CU_ASSERT_EQUAL(refs_zeroes(&r, 8), 0x2b);
	refs_exit(&r);
}

void test_refs_suite(void);
void test_refs_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "counts up and down past every edge", counts_up_and_down_past_every_edge },
		{ "takes any number at once", takes_any_number_at_once },
		{ "each single value is exact", each_single_value_is_exact },
		{ "runs go across words", runs_go_across_words },
		{ "runs go past the edge of a byte", runs_past_the_edge_of_a_byte },
		{ "unknown stays unknown", unknown_stays_unknown },
		{ "many blocks fit into the table", many_blocks_fit_into_the_table },
		{ "eight are set at once", eight_are_set_at_once },
		{ "finds what is not settled", finds_what_is_not_settled },
		{ "threads lose nothing", threads_lose_nothing },
		{ "can be empty", can_be_empty },
		{ "tells zeroes, eight at once", tells_zeroes },
		CU_TEST_INFO_NULL,
	};

	add_suite("refs", tests);
}
