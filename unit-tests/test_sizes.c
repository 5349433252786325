/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
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
		{ (8192ull << 10) + 1023, "8192KiB" },
		{ 8193ull << 10, "8MiB" },
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

static void finds_units(void)
{
	static const struct {
		const char *name;
		const char *word;
	} good[] = {
		{ "b", "bytes" }, { "s", "sectors" }, { "sector", "sectors" },
		{ "k", "kibibytes" }, { "K", "kilobytes" }, { "KiB", "kibibytes" },
		{ "kB", "kilobytes" }, { "MB", "megabytes" }, { "YiB", "yobibytes" },
		{ "gibi", "gibibytes" }, { "petabytes", "petabytes" }, { "mega", "megabytes" },
		{ "tebibyte", "tebibytes" }, { "zetta", "zettabytes" }, { "Y", "yottabytes" },
	};
	static const char *const bad[] = {
		"", "h", "B", "S", "KB", "kiB", "BiB", "sB", "me", "ki", "megabytess", "Mega",
		"m ", " m", "iB",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		const struct units_unit *u = units_find(good[i].name);

		CHECK_IN(i, u && !strcmp(u->word, good[i].word));
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_IN(i, !units_find(bad[i]));
}

static void reads_sizes(void)
{
	static const struct {
		const char *text;
		int result;
		uint64_t bytes;
	} sizes[] = {
		{ "128", 0, 65536 },
		{ "0", 0, 0 },
		{ "64k", 0, 65536 },
		{ "64K", 0, 64000 },
		{ "7b", 0, 7 },
		{ "1s", 0, 512 },
		{ "15e", 0, 15ull << 60 },
		{ "3GiB", 0, 3ull << 30 },
		{ "0y", 0, 0 },
		{ "16e", -ERANGE, 0 },
		{ "1z", -ERANGE, 0 },
		{ "36028797018963968", -ERANGE, 0 },
		{ "18446744073709551616b", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "k", -EINVAL, 0 },
		{ "1.5g", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "1 k", -EINVAL, 0 },
		{ "1h", -EINVAL, 0 },
		{ "99999999999999999999h", -EINVAL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint64_t bytes = 0;

		CHECK_IN(i, units_parse_size(sizes[i].text, 512, &bytes) == sizes[i].result);
		CHECK_IN(i, bytes == sizes[i].bytes);
	}
}

static void tells_sizes(void)
{
	static const struct {
		uint64_t bytes;
		const char *unit;
		const char *text;
	} sizes[] = {
		{ 549494784, "s", "1073232" },
		{ 549494784, "b", "549494784" },
		{ 549494784, "k", "536616" },
		{ 549494784, "m", "524.04" },
		{ 549494784, "g", "0.51" },
		{ 549494784, "t", "0.0004997625946998596" },
		{ 1000000, "M", "1" },
		{ 1 << 20, "m", "1" },
		{ 4096, "y", "0.0000000000000000000033881318" },
		{ 0, "y", "0" },
		{ UINT64_MAX, "b", "18446744073709551615" },
	};
	char text[UNITS_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		CHECK_IN(i, !strcmp(units_in(sizes[i].bytes, units_find(sizes[i].unit), text),
				    sizes[i].text));
}

void test_sizes_suite(void);
void test_sizes_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "rounds sizes to a unit", rounds },
		{ "finds units by letter, word and symbol", finds_units },
		{ "reads sizes with units", reads_sizes },
		{ "tells sizes in a unit", tells_sizes },
		CU_TEST_INFO_NULL,
	};

	add_suite("sizes", tests);
}
