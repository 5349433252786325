/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdint.h>

#include "base/workers.h"

struct job {
	uint8_t ran[WORKERS_MAX];
	unsigned nr;
	unsigned fails_from;
};

static int note(void *arg, unsigned index)
{
	struct job *j = arg;

	j->ran[index]++;
	__atomic_fetch_add(&j->nr, 1, __ATOMIC_RELAXED);
	return index >= j->fails_from ? -(int)index - 1 : 0;
}

static void runs_each_index_once(void)
{
	static const unsigned numbers[] = { 1, 2, 3, 17 };

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct job j = { .fails_from = WORKERS_MAX };

		CHECK_IN(i, workers_run(numbers[i], note, &j) == 0);
		CHECK_IN(i, j.nr == numbers[i]);
		for (unsigned n = 0; n < WORKERS_MAX; n++)
			CHECK_IN(n, j.ran[n] == (n < numbers[i]));
	}
}

static void runs_at_least_one_and_not_too_many(void)
{
	struct job none = { .fails_from = WORKERS_MAX };
	struct job many = { .fails_from = WORKERS_MAX };

	CU_ASSERT_EQUAL(workers_run(0, note, &none), 0);
	CU_ASSERT_EQUAL(none.nr, 1);
	CU_ASSERT_EQUAL(workers_run(WORKERS_MAX + 100, note, &many), 0);
	CU_ASSERT_TRUE(many.nr >= 1 && many.nr <= WORKERS_MAX);
}

static void hands_up_the_error_of_the_lowest(void)
{
	struct job all = { .fails_from = 0 };
	struct job some = { .fails_from = 3 };

	CU_ASSERT_EQUAL(workers_run(5, note, &all), -1);
	CU_ASSERT_EQUAL(workers_run(5, note, &some), -4);
	CU_ASSERT_EQUAL(some.nr, 5);
}

static void has_a_sane_default(void)
{
	CU_ASSERT_TRUE(workers_default() >= 1 && workers_default() <= WORKERS_MAX);
}

void test_workers_suite(void);
void test_workers_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "runs each index once", runs_each_index_once },
		{ "runs at least one and not too many", runs_at_least_one_and_not_too_many },
		{ "hands up the error of the lowest", hands_up_the_error_of_the_lowest },
		{ "has a sane default", has_a_sane_default },
		CU_TEST_INFO_NULL,
	};

	add_suite("workers", tests);
}
