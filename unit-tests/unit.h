/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit - how the unit tests are put together.
 *
 * Each test_<module>.c defines test_<module>_suite(), which hands one table of
 * tests to add_suite().  The Makefile writes add_suites(), which calls them
 * all, from the names of the files.
 */
#ifndef UNIT_H
#define UNIT_H

#include <CUnit/CUnit.h>

/* Registers @tests, which end with CU_TEST_INFO_NULL.  Ends the run if it cannot. */
void add_suite(const char *name, CU_TestInfo *tests);

/* Hands in all suites; the Makefile writes it. */
void add_suites(void);

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* True if it holds; a failure also says which of many rounds it was in. */
#define CHECK_IN(round, value) check_in((value), #value, __FILE__, __LINE__, (round))
CU_BOOL check_in(CU_BOOL value, const char *text, const char *file, unsigned line,
		 unsigned long long round);

#endif
