/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/overlay.h"

#include <string.h>

#include "fixture.h"
#include "thin/mend.h"
#include "unit.h"

static uint8_t first_byte(struct overlay *o, uint64_t where)
{
	static uint8_t block[META_BLOCK_SIZE] __attribute__((aligned(META_BLOCK_SIZE)));

	CU_ASSERT_EQUAL(engine_read(&o->engine, block, where, 1), 0);
	return block[0];
}

/* Blocks 0 to 7 begin with their numbers; the overlay has twice as many. */
static void make(struct disk *d, struct overlay *o)
{
	disk_init(d, 8);
	for (uint64_t i = 0; i < 8; i++)
		memset(disk_block(d, i), (int)i, META_BLOCK_SIZE);
	CU_ASSERT_EQUAL(overlay_init(o, &d->engine, 16), 0);
}

static void lies_over(void)
{
	struct overlay o;
	struct disk d;

	make(&d, &o);
	CU_ASSERT_EQUAL(first_byte(&o, 5), 5);
	CU_ASSERT_EQUAL(first_byte(&o, 12), 0);
	CU_ASSERT_EQUAL(overlay_redirect(&o, 5, 3, OVERLAY_NO_BIT), 0);
	CU_ASSERT_EQUAL(first_byte(&o, 5), 3);
	CU_ASSERT_EQUAL(overlay_redirect(&o, 6, 6, 3), 0);
	CU_ASSERT_EQUAL(first_byte(&o, 6), 6 ^ 8);
	*(uint8_t *)overlay_edit(&o, 12) = 77;
	CU_ASSERT_EQUAL(first_byte(&o, 12), 77);
	/* What is below stays as it is. */
	CU_ASSERT_EQUAL(*(uint8_t *)disk_block(&d, 5), 5);
	CU_ASSERT_EQUAL(d.nr_writes, 0);
	overlay_exit(&o);
	disk_exit(&d);
}

static void starts_again(void)
{
	struct overlay o;
	struct disk d;

	make(&d, &o);
	CU_ASSERT_EQUAL(overlay_redirect(&o, 5, 3, OVERLAY_NO_BIT), 0);
	*(uint8_t *)overlay_edit(&o, 5) = 99;
	*(uint8_t *)overlay_edit(&o, 2) = 98;
	*(uint8_t *)overlay_edit(&o, 13) = 97;
	CU_ASSERT_EQUAL(overlay_reset(&o), 0);
	CU_ASSERT_EQUAL(first_byte(&o, 5), 3);
	CU_ASSERT_EQUAL(first_byte(&o, 2), 2);
	CU_ASSERT_EQUAL(first_byte(&o, 13), 0);
	CU_ASSERT_EQUAL(o.has.count, 1);
	overlay_exit(&o);
	disk_exit(&d);
}

static void finds_the_bit(void)
{
	static uint8_t block[META_BLOCK_SIZE];
	struct block_header_disk *header = (void *)block;
	uint32_t bit;

	memset(block, 0x5a, sizeof(block));
	header->where = 0;
	reseal(block, NODE_SALT);
	/* A block that is sound has none. */
	CU_ASSERT_FALSE(mend_find(block, NODE_SALT, &bit));
	for (uint32_t wrong = 0; wrong < 8 * META_BLOCK_SIZE; wrong += 1009) {
		block[wrong / 8] ^= (uint8_t)(1u << wrong % 8);
		CU_ASSERT_TRUE(mend_find(block, NODE_SALT, &bit));
		CU_ASSERT_EQUAL(bit, wrong);
		block[wrong / 8] ^= (uint8_t)(1u << wrong % 8);
	}
	/* Two wrong bits are never taken for one. */
	block[100] ^= 1;
	block[3000] ^= 64;
	CU_ASSERT_FALSE(mend_find(block, NODE_SALT, &bit));
}

void test_overlay_suite(void);
void test_overlay_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "reads what is below, elsewhere, mended or made", lies_over },
		{ "forgets what was made and keeps what was found", starts_again },
		{ "mend finds one wrong bit, and none in place of two", finds_the_bit },
		CU_TEST_INFO_NULL,
	};

	add_suite("overlay", tests);
}
