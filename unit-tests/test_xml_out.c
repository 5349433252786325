/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "unit.h"
#include "xml/xml_out.h"

static void check_number(uint64_t v)
{
	char want[32], got[48] = { 0 };

	snprintf(want, sizeof(want), "%" PRIu64, v);
	*decimal_put(got, v) = '\0';
	CU_ASSERT_STRING_EQUAL(got, want);
}

static void numbers(void)
{
	uint64_t power = 1;

	for (unsigned digits = 1; digits <= DECIMAL_MAX; digits++, power *= 10) {
		check_number(power - 1);
		check_number(power);
		check_number(power + 1);
		check_number(power * 7 + power / 3);
	}
	check_number(UINT32_MAX);
	check_number(UINT64_MAX);
	for (uint64_t v = 0; v < 20000; v++)
		check_number(v);
}

static void elements(void)
{
	char text[256];
	char *to = text;

	to = xml_content(xml_attr_u64(xml_begin(to, 0, "a"), "n", 12));
	to = xml_empty(xml_attr_empty(xml_attr_u64(xml_begin(to, 2, "b"), "x", 0), "y"));
	to = xml_end(to, 0, "a");
	*to = '\0';
	CU_ASSERT_STRING_EQUAL(text, "<a n=\"12\">\n    <b x=\"0\" y=\"\"/>\n</a>\n");
}

static CU_TestInfo tests[] = {
	{ "writes numbers of every length", numbers },
	{ "writes one element a line, indented by its level", elements },
	CU_TEST_INFO_NULL
};

void test_xml_out_suite(void);

void test_xml_out_suite(void)
{
	add_suite("xml_out", tests);
}
