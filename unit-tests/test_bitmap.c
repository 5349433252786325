/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "pdata/bitmap.h"

static struct bitmap_disk b;

static void reads_pairs_as_the_kernel_writes_them(void)
{
	/* The lower bit of a pair is the high one of the count. */
	static const struct {
		uint8_t byte;
		unsigned counts[4];
	} bytes[] = {
		{ 0x00, { 0, 0, 0, 0 } },
		{ 0x02, { 1, 0, 0, 0 } },
		{ 0x01, { 2, 0, 0, 0 } },
		{ 0x03, { 3, 0, 0, 0 } },
		{ 0x80, { 0, 0, 0, 1 } },
		{ 0x9c, { 0, 3, 2, 1 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++)
		for (uint32_t at = 0; at < BITMAP_ENTRIES; at += 4 * 4079) {
			memset(&b, 0, sizeof(b));
			b.entries[at / 4] = bytes[i].byte;
			for (uint32_t k = 0; k < 4; k++)
				CHECK_IN(i, bitmap_get(&b, at + k) == bytes[i].counts[k]);
		}
}

static void sets_one_entry_only(void)
{
	memset(&b, 0, sizeof(b));
	for (uint32_t i = 0; i < BITMAP_ENTRIES; i++)
		bitmap_set(&b, i, i * 7 / 3 % 4);
	for (uint32_t i = 0; i < BITMAP_ENTRIES; i++)
		CHECK_IN(i, bitmap_get(&b, i) == i * 7 / 3 % 4);
	for (uint32_t i = 0; i < BITMAP_ENTRIES; i += 3)
		bitmap_set(&b, i, 2);
	for (uint32_t i = 0; i < BITMAP_ENTRIES; i++)
		CHECK_IN(i, bitmap_get(&b, i) == (i % 3 ? i * 7 / 3 % 4 : 2));
	CU_ASSERT_EQUAL(b.header.csum, 0);
	CU_ASSERT_EQUAL(b.header.where, 0);
}

static void divides_a_device_into_bitmaps(void)
{
	CU_ASSERT_EQUAL(bitmap_count(0), 0);
	CU_ASSERT_EQUAL(bitmap_count(1), 1);
	CU_ASSERT_EQUAL(bitmap_count(16320), 1);
	CU_ASSERT_EQUAL(bitmap_count(16321), 2);
	CU_ASSERT_EQUAL(bitmap_count(META_MAX_BLOCKS), 255);
	CU_ASSERT_EQUAL(bitmap_count(UINT64_MAX), UINT64_MAX / 16320 + 1);
	CU_ASSERT_EQUAL(bitmap_used(1, 0), 1);
	CU_ASSERT_EQUAL(bitmap_used(16320, 0), 16320);
	CU_ASSERT_EQUAL(bitmap_used(16325, 0), 16320);
	CU_ASSERT_EQUAL(bitmap_used(16325, 1), 5);
}

static void tells_the_two_types_apart(void)
{
	struct fault f;

	memset(&b, 7, sizeof(b));
	block_seal(&b, 3, BITMAP_SALT);
	CU_ASSERT_EQUAL(bitmap_check(&b, 3, &f), 0);
	CU_ASSERT_EQUAL(index_check(&b, 3, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.code, FAULT_BLOCK_TYPE);
	CU_ASSERT_EQUAL(bitmap_check(&b, 4, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.code, FAULT_BLOCK_WHERE);
	block_seal(&b, 3, INDEX_SALT);
	CU_ASSERT_EQUAL(index_check(&b, 3, &f), 0);
	b.entries[4079] ^= 1;
	CU_ASSERT_EQUAL(index_check(&b, 3, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.code, FAULT_BLOCK_CSUM);
}

void test_bitmap_suite(void);
void test_bitmap_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "reads pairs as the kernel writes them", reads_pairs_as_the_kernel_writes_them },
		{ "sets one entry only", sets_one_entry_only },
		{ "divides a device into bitmaps", divides_a_device_into_bitmaps },
		{ "tells bitmaps and indexes apart", tells_the_two_types_apart },
		CU_TEST_INFO_NULL,
	};

	add_suite("bitmap", tests);
}
