/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"
#include "pdata/block.h"
#include "pdata/recipe.h"

/* A recipe that gives the block back, of no more than @most bytes. */
static void goes_round(unsigned round, const void *block, size_t most)
{
	static uint8_t recipe[RECIPE_MADE_MAX], back[META_BLOCK_SIZE];
	size_t len, used = 0;

	memset(recipe, 0xee, sizeof(recipe));
	memset(back, 0xee, sizeof(back));
	len = recipe_make(block, block_kind_of(block), recipe);
	CHECK_IN(round, len <= most);
	CHECK_IN(round, !recipe_follow(recipe, len, back, &used));
	CHECK_IN(round, used == len);
	CHECK_IN(round, !memcmp(block, back, sizeof(back)));
	/* One byte less is not enough, whatever is behind. */
	CHECK_IN(round, recipe_follow(recipe, len - 1, back, &used) == -EUCLEAN);
}

static void gives_every_block_of_a_pool_back(void)
{
	struct pool p;

	pool_init(&p);
	for (uint64_t where = 0; where < p.disk.nr_blocks; where++)
		goes_round((unsigned)where, disk_block(&p.disk, where), RECIPE_MADE_MAX);
	pool_exit(&p);
}

/* Numbers of all widths, up and down, for a block of them. */
static uint64_t odd_number(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 32 >> (*state >> 20 & 31) << (*state >> 10 & 32);
}

static void gives_any_bytes_back(void)
{
	static const uint32_t sizes[] = { 0, 1, 3, 4, 8, 9, 16, 24, 4000, UINT32_MAX };
	static _Alignas(8) uint8_t block[META_BLOCK_SIZE];
	struct node_header_disk *h = (void *)block;
	uint64_t state = 1;

	for (unsigned round = 0; round < 2000; round++) {
		for (size_t i = 0; i < sizeof(block); i += 8)
			put64(block + i, round & 1 ? odd_number(&state) :
						     get64(block + (i ? i - 8 : 0)) +
						     odd_number(&state) % 4);
		h->flags = cpu_to_le32(round >> 1 & 3);
		h->max_entries = cpu_to_le32((uint32_t)(odd_number(&state) % 600));
		h->value_size = cpu_to_le32(sizes[round % ARRAY_SIZE(sizes)]);
		if (round & 4)
			h->max_entries = cpu_to_le32(node_max_entries(8));
		goes_round(round, block, RECIPE_MADE_MAX);
		reseal(block, NODE_SALT);
		goes_round(round, block, RECIPE_MADE_MAX);
	}
}

static void is_short_for_what_is_regular(void)
{
	static _Alignas(8) uint8_t block[META_BLOCK_SIZE];

	node_make(block, NODE_LEAF, 8);
	for (uint64_t i = 0; i < 252; i++)
		node_put64(block, 1000 + i, (5000 + i) << 24 | 7);
	block_seal(block, 3, NODE_SALT);
	goes_round(0, block, 128);

	memset(block, 0xaa, sizeof(block));
	block_seal(block, 3, BITMAP_SALT);
	goes_round(1, block, 64);
}

/* What instructions make; the rest of the block are zeroes. */
struct example {
	const char *code;
	size_t len;
	uint64_t words[6];
	size_t nr;
};
#define CODE(s) s, sizeof(s) - 1

static const struct example examples[] = {
	{ CODE("\x01\x05"), { 5 }, 1 },
	{ CODE("\x02\x34\x12\x04\x78\x56\x34\x12"), { 0x1234, 0x12345678 }, 2 },
	{ CODE("\x08\x01\x02\x03\x04\x05\x06\x07\x08"), { 0x0807060504030201 }, 1 },
	{ CODE("\x11"), { 1 }, 1 },
	{ CODE("\x01\x05\x10\x1f"), { 5, 5, 20 }, 3 },
	{ CODE("\x01\x05\x22\x00\x01"), { 5, 261 }, 2 },
	{ CODE("\x01\x05\x36"), { 5, UINT64_MAX }, 2 },
	{ CODE("\x01\x05\x41\x06\x11"), { 5, UINT64_MAX, 0 }, 3 },
	{ CODE("\x01\x05\x50\x52"), { 5, 5, 5 }, 3 },
	{ CODE("\x01\x05\x60\x02\x11"), { 5, 5, 5, 6 }, 4 },
	{ CODE("\x01\x05\x72\x12\x70\x11"), { 5, 7, 9 }, 3 },
	{ CODE("\x01\x05\x80\x02\x31\x72\x01\x09"), { 5, 4, 3, 9, 9 }, 5 },
	{ CODE("\x01\x05\xa1\x08" "AAAAAAAA" "\x11"), { 5, 0x4141414141414141, 6 }, 3 },
	{ CODE("\xa1\x03" "AAA" "\xa1\x05" "AAAAA"), { 0x4141414141414141 }, 1 },
	{ CODE("\xb0\x02\x01\x07\x11\x01\x03\x12"), { 7 << 24 | 3, 8 << 24 | 5 }, 2 },
};

static void follows_all_instructions(void)
{
	static uint8_t recipe[256], block[META_BLOCK_SIZE];

	for (unsigned i = 0; i < ARRAY_SIZE(examples); i++) {
		const struct example *e = &examples[i];
		size_t left = META_BLOCK_SIZE / 8 - e->nr, used = 0;

		memcpy(recipe, e->code, e->len);
		memcpy(recipe + e->len, "\x01\x00\x60\x00", 4);
		recipe[e->len + 2] = (uint8_t)(0x60 | (left - 1) >> 8);
		recipe[e->len + 3] = (uint8_t)(left - 1);
		CHECK_IN(i, !recipe_follow(recipe, sizeof(recipe), block, &used));
		CHECK_IN(i, used == e->len + 4);
		for (size_t n = 0; n < META_BLOCK_SIZE / 8; n++)
			CHECK_IN(i, get64(block + 8 * n) == (n < e->nr ? e->words[n] : 0));
	}
}

static void refuses_what_is_no_recipe(void)
{
	static const struct {
		const char *code;
		size_t len;
	} bad[] = {
		{ CODE("") }, { CODE("\x00") }, { CODE("\x03\x01\x02\x03") }, { CODE("\x04\x01") },
		{ CODE("\x20") }, { CODE("\x45\x01\x02\x03\x04\x05") }, { CODE("\x60") },
		{ CODE("\x72") }, { CODE("\x72\x52") }, { CODE("\x72\x72\x11") },
		{ CODE("\x90\x01\x11") }, { CODE("\xc0") }, { CODE("\xff") }, { CODE("\xa0") },
		{ CODE("\xa2\x01\x10" "A") }, { CODE("\xa8\xff\xff\xff\xff\xff\xff\xff\xff" "A") },
		{ CODE("\xb2\x01\x11") }, { CODE("\xb0\x01\xb0\x01\x11\x11") },
		/* More words than there is room for. */
		{ CODE("\x62\x01") }, { CODE("\x82\x01\x11") }, { CODE("\xb0\x01\x51\x52") },
		/* Upper and lower bits that are none. */
		{ CODE("\xb0\x01\x08\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00") },
		{ CODE("\xb0\x01\x01\x00\x04\x00\x00\x00\x01") },
	};
	static uint8_t recipe[RECIPE_READ_MAX + 8192], block[META_BLOCK_SIZE];
	size_t used;

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_IN(i, recipe_follow((const uint8_t *)bad[i].code, bad[i].len, block, &used) ==
			    -EUCLEAN);

	/* What makes nothing may not go on for ever. */
	memset(recipe, 0x50, sizeof(recipe));
	memcpy(recipe + RECIPE_READ_MAX, "\x61\xff\x60\xff", 4);
	CU_ASSERT_EQUAL(recipe_follow(recipe, sizeof(recipe), block, &used), -EUCLEAN);
	memcpy(recipe + RECIPE_READ_MAX - 4, "\x61\xff\x60\x01", 4);
	CU_ASSERT_EQUAL(recipe_follow(recipe, sizeof(recipe), block, &used), 0);
	CU_ASSERT_EQUAL(used, RECIPE_READ_MAX);
}

void test_recipe_suite(void);

void test_recipe_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "gives every block of a pool back", gives_every_block_of_a_pool_back },
		{ "gives any bytes back", gives_any_bytes_back },
		{ "is short for what is regular", is_short_for_what_is_regular },
		{ "follows all instructions", follows_all_instructions },
		{ "refuses what is no recipe", refuses_what_is_no_recipe },
		CU_TEST_INFO_NULL,
	};

	add_suite("recipe", tests);
}
