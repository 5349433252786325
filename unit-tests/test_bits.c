/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/bits.h"

static void is_empty_at_first(void)
{
	static const uint64_t limits[] = { 0, 1, 63, 64, 65, 128, 1000 };
	struct bits b;

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		CU_ASSERT_EQUAL_FATAL(bits_init(&b, limits[i]), 0);
		CHECK_IN(limits[i], b.count == 0);
		CHECK_IN(limits[i], bits_next(&b, 0) == limits[i]);
		CHECK_IN(limits[i], bits_next(&b, UINT64_MAX) == limits[i]);
		CHECK_IN(limits[i], !bits_has(&b, 0) && !bits_has(&b, limits[i]));
		bits_clear(&b);
		bits_exit(&b);
	}
}

static void says_whether_a_member_is_new(void)
{
	struct bits b;

	CU_ASSERT_EQUAL_FATAL(bits_init(&b, 200), 0);
	CU_ASSERT_TRUE(bits_add(&b, 0));
	CU_ASSERT_FALSE(bits_add(&b, 0));
	CU_ASSERT_TRUE(bits_add(&b, 199));
	CU_ASSERT_FALSE(bits_add(&b, 199));
	CU_ASSERT_EQUAL(b.count, 2);
	CU_ASSERT_TRUE(bits_has(&b, 199));
	CU_ASSERT_FALSE(bits_has(&b, 198));
	CU_ASSERT_FALSE(bits_has(&b, 200));
	CU_ASSERT_FALSE(bits_has(&b, UINT64_MAX));
	bits_clear(&b);
	CU_ASSERT_EQUAL(b.count, 0);
	CU_ASSERT_TRUE(bits_add(&b, 199));
	bits_exit(&b);
}

static void finds_members_in_order(void)
{
	static const uint64_t members[] = { 1, 62, 63, 64, 65, 127, 128, 511, 640, 699 };
	uint64_t at = 0;
	struct bits b;

	CU_ASSERT_EQUAL_FATAL(bits_init(&b, 700), 0);
	for (size_t i = ARRAY_SIZE(members); i--;)
		bits_add(&b, members[i]);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		at = bits_next(&b, at);
		CHECK_IN(i, at == members[i]);
		CHECK_IN(i, bits_next(&b, at) == at);
		at++;
	}
	CU_ASSERT_EQUAL(bits_next(&b, at), 700);
	bits_exit(&b);
}

static void finds_gaps(void)
{
	static const uint64_t limits[] = { 1, 63, 64, 65, 128, 200 };

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		uint64_t nr = limits[i];
		struct bits b;

		CU_ASSERT_EQUAL_FATAL(bits_init(&b, nr), 0);
		CHECK_IN(nr, bits_next_gap(&b, 0) == 0 && bits_next_gap(&b, nr - 1) == nr - 1);
		for (uint64_t n = 0; n < nr; n++)
			if (n % 67 != 66)
				bits_add(&b, n);
		CHECK_IN(nr, bits_next_gap(&b, 0) == (nr > 66 ? 66 : nr));
		CHECK_IN(nr, bits_next_gap(&b, 67) == (nr > 133 ? 133 : nr));
		CHECK_IN(nr, bits_next_gap(&b, 134) == nr && bits_next_gap(&b, nr) == nr);
		bits_exit(&b);
	}
}

static void adds_eight_at_once(void)
{
	struct bits b;

	CU_ASSERT_EQUAL_FATAL(bits_init(&b, 77), 0);
	bits_add(&b, 57);
	bits_add_eight(&b, 56, 0x83);
	CU_ASSERT_EQUAL(b.count, 3);
	CU_ASSERT(bits_has(&b, 56) && bits_has(&b, 57) && bits_has(&b, 63));
	CU_ASSERT(!bits_has(&b, 58) && !bits_has(&b, 64));
	bits_add_eight(&b, 72, ~0u);
	CU_ASSERT_EQUAL(b.count, 8);
	CU_ASSERT_EQUAL(bits_next_gap(&b, 72), 77);
	CU_ASSERT_EQUAL(bits_next(&b, 77), 77);
	bits_add_eight(&b, 80, ~0u);
	CU_ASSERT_EQUAL(b.count, 8);
	bits_exit(&b);
}

void test_bits_suite(void);
void test_bits_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "is empty at first", is_empty_at_first },
		{ "says whether a member is new", says_whether_a_member_is_new },
		{ "finds members in order", finds_members_in_order },
		{ "finds gaps between members", finds_gaps },
		{ "adds eight at once", adds_eight_at_once },
		CU_TEST_INFO_NULL,
	};

	add_suite("bits", tests);
}
