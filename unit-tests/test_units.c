/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/units.h"

static int parse(const char *s, uint64_t max, uint64_t *v)
{
	return units_parse_u64(s, strlen(s), max, v);
}

static void reads_plain_numbers(void)
{
	uint64_t v = 7;

	CU_ASSERT_EQUAL(parse("0", UINT64_MAX, &v), 0);
	CU_ASSERT_EQUAL(v, 0);
	CU_ASSERT_EQUAL(parse("0001", UINT64_MAX, &v), 0);
	CU_ASSERT_EQUAL(v, 1);
	CU_ASSERT_EQUAL(parse("18446744073709551615", UINT64_MAX, &v), 0);
	CU_ASSERT_EQUAL(v, UINT64_MAX);
	CU_ASSERT_EQUAL(parse("00000000000000000000000000000000000255", 255, &v), 0);
	CU_ASSERT_EQUAL(v, 255);
}

static void looks_at_no_more_than_the_length(void)
{
	uint64_t v = 0;

	CU_ASSERT_EQUAL(units_parse_u64("12x", 2, 100, &v), 0);
	CU_ASSERT_EQUAL(v, 12);
	CU_ASSERT_EQUAL(units_parse_u64("12\0", 3, 100, &v), -EINVAL);
}

static void rejects_what_is_no_number(void)
{
	static const char *const bad[] = {
		"", " ", "-1", "+1", " 1", "1 ", "1k", "0x1", "1.0", "1e3", "/", ":", "\xb1",
	};
	uint64_t v = 42;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_IN(i, parse(bad[i], UINT64_MAX, &v) == -EINVAL);
	CU_ASSERT_EQUAL(v, 42);
}

static void rejects_what_is_too_large(void)
{
	static const struct {
		const char *text;
		uint64_t max;
	} bad[] = {
		{ "18446744073709551616", UINT64_MAX },
		{ "18446744073709551620", UINT64_MAX },
		{ "28446744073709551615", UINT64_MAX },
		{ "99999999999999999999999999", UINT64_MAX },
		{ "340282366920938463463374607431768211456", UINT64_MAX },
		{ "256", 255 },
		{ "1", 0 },
	};
	uint64_t v = 42;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_IN(i, parse(bad[i].text, bad[i].max, &v) == -ERANGE);
	CU_ASSERT_EQUAL(v, 42);
}

static void prefers_no_number_to_too_large(void)
{
	uint64_t v;

	CU_ASSERT_EQUAL(parse("99999999999999999999999x", 9, &v), -EINVAL);
}

static void puts_sizes_into_words(void)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1 KiB" },
		{ 1536, "1.5 KiB" },
		{ 1024 + 102, "1 KiB" },
		{ 1024 + 103, "1.1 KiB" },
		{ 1048575, "1023.9 KiB" },
		{ 1048576, "1 MiB" },
		{ 3ull << 29, "1.5 GiB" },
		{ 1ull << 40, "1 TiB" },
		{ 1ull << 50, "1 PiB" },
		{ 1ull << 60, "1 EiB" },
		{ UINT64_MAX, "15.9 EiB" },
	};
	char text[UNITS_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		CHECK_IN(i, !strcmp(units_bytes(sizes[i].bytes, text), sizes[i].text));
}

void test_units_suite(void);
void test_units_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "reads plain decimal numbers", reads_plain_numbers },
		{ "looks at no more characters than it is given",
		  looks_at_no_more_than_the_length },
		{ "rejects what is no number", rejects_what_is_no_number },
		{ "rejects what is too large", rejects_what_is_too_large },
		{ "calls a large non-number no number", prefers_no_number_to_too_large },
		{ "puts sizes into words", puts_sizes_into_words },
		CU_TEST_INFO_NULL,
	};

	add_suite("units", tests);
}
