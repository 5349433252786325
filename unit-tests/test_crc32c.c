/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdbool.h>

#include "base/crc32c.h"

#define ROOM 13000u

/* One bit at a time, as the polynomial is defined. */
static uint32_t slow(uint32_t crc, uint8_t byte)
{
	crc ^= byte;
	for (int bit = 0; bit < 8; bit++)
		crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
	return crc;
}

static void gives_the_known_values(void)
{
	static const uint8_t zeroes[4092];

	CU_ASSERT_EQUAL(crc32c(~0u, "123456789", 9), 0x1cf96d7cu);
	CU_ASSERT_EQUAL(~crc32c(~0u, "123456789", 9), 0xe3069283u);
	CU_ASSERT_EQUAL(crc32c(~0u, zeroes, sizeof(zeroes)), 0x58cda791u);
	CU_ASSERT_EQUAL(crc32c(~0u, NULL, 0), ~0u);
	CU_ASSERT_EQUAL(crc32c(0, zeroes, sizeof(zeroes)), 0);
}

static void has_a_portable_version_first(void)
{
	CU_ASSERT_STRING_EQUAL(crc32c_version(0)->name, "table");
	CU_ASSERT_PTR_NULL(crc32c_version(2));
	CU_ASSERT_PTR_NULL(crc32c_version(100));
}

static void make_bytes(uint8_t *bytes)
{
	uint32_t x = 12345;

	for (size_t i = 0; i < ROOM; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(x >> 24);
	}
}

/* Lengths around those at which a version changes its ways. */
static bool is_interesting(size_t len)
{
	size_t strands = len % 4080;

	return len < 70 || strands < 18 || strands > 4062 || len == 4092 || len == 4096;
}

static void all_versions_agree_everywhere(void)
{
	static uint8_t bytes[ROOM];

	make_bytes(bytes);
	for (size_t align = 0; align < 16; align++) {
		uint32_t crc = 0x12345678;

		for (size_t len = 0; len <= ROOM - 16; len++) {
			const struct crc32c_version *v;

			for (unsigned n = 0; is_interesting(len) && (v = crc32c_version(n)); n++)
				CHECK_IN(len, v->function(0x12345678, bytes + align, len) == crc);
			crc = slow(crc, bytes[align + len]);
		}
	}
}

static void can_be_continued(void)
{
	static uint8_t bytes[ROOM];
	uint32_t whole;

	make_bytes(bytes);
	whole = crc32c(~0u, bytes, ROOM);
	for (size_t cut = 0; cut < ROOM; cut += 97)
		CHECK_IN(cut, crc32c(crc32c(~0u, bytes, cut), bytes + cut, ROOM - cut) == whole);
}

void test_crc32c_suite(void);
void test_crc32c_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "gives the known values", gives_the_known_values },
		{ "has a portable version first", has_a_portable_version_first },
		{ "all versions agree at all alignments and lengths",
		  all_versions_agree_everywhere },
		{ "can be continued anywhere", can_be_continued },
		CU_TEST_INFO_NULL,
	};

	add_suite("crc32c", tests);
}
