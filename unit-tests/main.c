/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs all unit tests, or the suite that is named, and says what failed where.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *only;
static unsigned nr_suites, nr_passed, nr_failed;

static void die(const char *what)
{
	fprintf(stderr, "unit: %s: %s\n", what, CU_get_error_msg());
	exit(1);
}

void add_suite(const char *name, CU_TestInfo *tests)
{
	CU_SuiteInfo suites[] = {
		{ .pName = name, .pTests = tests },
		CU_SUITE_INFO_NULL,
	};

	if (only && strcmp(only, name))
		return;
	nr_suites++;
	if (CU_register_suites(suites) != CUE_SUCCESS)
		die(name);
}

CU_BOOL check_in(CU_BOOL value, const char *text, const char *file, unsigned line,
		 unsigned long long round)
{
	char condition[256];

	snprintf(condition, sizeof(condition), "%s, round %llu", text, round);
	return CU_assertImplementation(value, line, condition, file, "", CU_FALSE);
}

/* CUnit's @failure is the whole list of the test. */
static void after_test(const CU_pTest test, const CU_pSuite suite, const CU_pFailureRecord failure)
{
	if (!failure) {
		nr_passed++;
		return;
	}
	nr_failed++;
	fprintf(stderr, "FAILED %s: %s\n", suite->pName, test->pName);
	for (const CU_FailureRecord *f = failure; f; f = f->pNext)
		fprintf(stderr, "  %s:%u: %s\n", f->strFileName, f->uiLineNumber, f->strCondition);
}

int main(int argc, char **argv)
{
	if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
		fprintf(stderr, "usage: run [SUITE]\n");
		return 1;
	}
	only = argv[1];

	if (CU_initialize_registry() != CUE_SUCCESS)
		die("registry");
	add_suites();
	if (!nr_suites) {
		fprintf(stderr, "unit: there is no suite %s\n", only ? only : "at all");
		return 1;
	}
	CU_set_test_complete_handler(after_test);
	if (CU_run_all_tests() != CUE_SUCCESS)
		nr_failed += !nr_failed;
	CU_cleanup_registry();

	printf("unit: %u passed, %u failed\n", nr_passed, nr_failed);
	return nr_failed ? 1 : 0;
}
