/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/units.h"

static void rounds(void)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = {
		{ 0, "0b" },
		{ 8192, "8192b" },
		{ 8193, "8KiB" },
		{ 65535, "64KiB" },
		{ 8192ull << 10, "8192KiB" },
		{ (8192ull << 10) - 1, "8191KiB" },
		{ (8192ull << 10) + 1, "8MiB" },
		{ 135 * 65536, "8MiB" },
		{ 136 * 65536, "9MiB" },
		{ (1024ull << 20) - 512, "1024MiB" },
		{ (2048ull << 20) - 512, "2047MiB" },
		{ 8193ull << 30, "8TiB" },
		{ 9ull << 40, "9TiB" },
		{ 9000ull << 40, "9PiB" },
		{ UINT64_MAX, "16383PiB" },
	};
	char text[UNITS_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		CHECK_IN(i, !strcmp(units_rounded(sizes[i].bytes, text), sizes[i].text));
}

void test_sizes_suite(void);
void test_sizes_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "rounds sizes to a unit", rounds },
		CU_TEST_INFO_NULL,
	};

	add_suite("sizes", tests);
}
