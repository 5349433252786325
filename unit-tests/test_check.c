/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "fixture.h"

static void a_sound_pool_has_no_faults(void)
{
	struct thin_check_report *rep;
	struct pool p;

	pool_init(&p);
	rep = check_disk(&p.disk, 1);
	print_report(rep);
	CU_ASSERT_EQUAL(rep->nr_faults, 0);
	CU_ASSERT_TRUE(thin_check_is_good(rep, false));
	CU_ASSERT_EQUAL(rep->nr_devices, POOL_NR_DEVS);
	CU_ASSERT_EQUAL(rep->nr_mapped, 200 + 3 * 350 + 166 * 10);
	CU_ASSERT_TRUE(rep->counted);
	thin_check_free(rep);
	pool_exit(&p);
}

void test_check_suite(void);
void test_check_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "a sound pool has no faults", a_sound_pool_has_no_faults },
		CU_TEST_INFO_NULL,
	};

	add_suite("check", tests);
}
