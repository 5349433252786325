/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "pdata/block.h"

#define HERE 77u

static _Alignas(8) uint8_t block[META_BLOCK_SIZE];

static const struct {
	uint32_t salt;
	enum block_kind kind;
	uint32_t zeroes;	/* checksum of a block whose other bytes are 0 */
} types[] = {
	{ THIN_SB_SALT, KIND_SB, 0x58cfd397 },
	{ NODE_SALT, KIND_NODE, 0x58cc7e82 },
	{ BITMAP_SALT, KIND_BITMAP, 0x58ce0b1a },
	{ INDEX_SALT, KIND_INDEX, 0x58cfd54f },
	{ 595846735, KIND_ARRAY, 0x58cda791 ^ 595846735 },
};

static void fill(void)
{
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (uint8_t)(i * 7 + i / 256);
}

static void seals_as_the_kernel_does(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		__le32 csum;

		memset(block, 0, sizeof(block));
		block_seal(block, 0, types[i].salt);
		memcpy(&csum, block, sizeof(csum));
		CHECK_IN(i, le32_to_cpu(csum) == types[i].zeroes);
	}
}

static void accepts_what_it_sealed(void)
{
	struct fault f;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		fill();
		block_seal(block, HERE, types[i].salt);
		CHECK_IN(i, block_check(block, HERE, types[i].salt, &f) == 0);
		CHECK_IN(i, block_kind_of(block) == types[i].kind);
	}
}

static void tells_another_type(void)
{
	struct fault f;

	for (size_t is = 0; is < ARRAY_SIZE(types); is++)
		for (size_t wanted = 0; wanted < ARRAY_SIZE(types); wanted++) {
			if (is == wanted)
				continue;
			fill();
			block_seal(block, HERE, types[is].salt);
			CHECK_IN(is, block_check(block, HERE, types[wanted].salt, &f) == -EUCLEAN);
			CHECK_IN(is, f.code == FAULT_BLOCK_TYPE && f.where == HERE);
			CHECK_IN(is, f.found == types[is].kind && f.wanted == types[wanted].kind);
		}
}

static void notices_every_bit(void)
{
	struct fault f;

	fill();
	block_seal(block, HERE, NODE_SALT);
	for (size_t bit = 0; bit < 8 * sizeof(block); bit += bit < 1024 ? 1 : 61) {
		block[bit / 8] ^= (uint8_t)(1u << bit % 8);
		CHECK_IN(bit, block_check(block, HERE, NODE_SALT, &f) == -EUCLEAN);
		CHECK_IN(bit, f.code == FAULT_BLOCK_CSUM && f.where == HERE);
		CHECK_IN(bit, block_kind_of(block) == KIND_FREE);
		block[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	CU_ASSERT_EQUAL(block_check(block, HERE, NODE_SALT, &f), 0);
}

static void says_both_checksums(void)
{
	struct fault f;

	memset(block, 0, sizeof(block));
	block[0] = 1;
	CU_ASSERT_EQUAL(block_check(block, 0, NODE_SALT, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.code, FAULT_BLOCK_CSUM);
	CU_ASSERT_EQUAL(f.found, 1);
	CU_ASSERT_EQUAL(f.wanted, 0x58cc7e82u);
}

static void knows_zeroes(void)
{
	struct fault f;

	memset(block, 0, sizeof(block));
	CU_ASSERT_EQUAL(block_kind_of(block), KIND_ZERO);
	CU_ASSERT_EQUAL(block_check(block, 3, NODE_SALT, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.code, FAULT_BLOCK_TYPE);
	CU_ASSERT_EQUAL(f.found, KIND_ZERO);
	CU_ASSERT_EQUAL(f.wanted, KIND_NODE);
	block[4095] = 1;
	CU_ASSERT_EQUAL(block_kind_of(block), KIND_FREE);
}

static void notices_a_block_out_of_place(void)
{
	struct fault f;

	fill();
	block_seal(block, HERE, NODE_SALT);
	CU_ASSERT_EQUAL(block_check(block, HERE + 1, NODE_SALT, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.code, FAULT_BLOCK_WHERE);
	CU_ASSERT_EQUAL(f.where, HERE + 1);
	CU_ASSERT_EQUAL(f.found, HERE);
	CU_ASSERT_EQUAL(f.wanted, HERE + 1);
	CU_ASSERT_EQUAL(block_check(block, HERE + (1ull << 32), NODE_SALT, &f), -EUCLEAN);
}

void test_block_suite(void);
void test_block_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "seals as the kernel does", seals_as_the_kernel_does },
		{ "accepts what it sealed", accepts_what_it_sealed },
		{ "tells a block of another type", tells_another_type },
		{ "notices every bit", notices_every_bit },
		{ "says both checksums", says_both_checksums },
		{ "knows a block of zeroes", knows_zeroes },
		{ "notices a block out of place", notices_a_block_out_of_place },
		CU_TEST_INFO_NULL,
	};

	add_suite("block", tests);
}
