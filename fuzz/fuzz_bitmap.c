/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Space maps whose bitmap and overflow leaf are any bytes, sealed so that all
 * of them are judged.
 *
 *	| blocks : 2 | hint : 2 | bytes of the overflow leaf : 2 | leaf | bitmap |
 */
#include "space_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is set is what can be got, and nothing else changes. */
static void turn_each(struct bitmap_disk *b)
{
	for (uint32_t i = 0; i < BITMAP_ENTRIES; i += 1 + i % 61) {
		unsigned was = bitmap_get(b, i), next = i + 1 < BITMAP_ENTRIES ? i + 1 : 0;
		unsigned beside = bitmap_get(b, next);

		bitmap_set(b, i, was ^ 3);
		if (bitmap_get(b, i) != (was ^ 3) || bitmap_get(b, next) != beside)
			abort();
		bitmap_set(b, i, was);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct space_map m;
	struct index_disk *index;
	uint64_t nr_blocks;
	size_t leaf;

	if (size < 6)
		return 0;
	sm_init(&m);
	nr_blocks = (data[0] | (uint32_t)data[1] << 8) % (BITMAP_ENTRIES + 1);
	leaf = (data[4] | (size_t)data[5] << 8) % META_BLOCK_SIZE;
	index = sm_block(&m, SM_INDEX);
	index->entries[0].bitmap = cpu_to_le64(SM_BITMAP);
	index->entries[0].none_free_before = cpu_to_le32(data[2] | (uint32_t)data[3] << 8);
	data += 6;
	size -= 6;
	leaf = leaf < size ? leaf : size;
	memcpy((uint8_t *)sm_block(&m, SM_OVERFLOW) + 16, data, leaf < 4080 ? leaf : 4080);
	data += leaf;
	size -= leaf;
	memcpy(sm_block(&m, SM_BITMAP), data, size < META_BLOCK_SIZE ? size : META_BLOCK_SIZE);
	block_seal(index, SM_INDEX, INDEX_SALT);
	block_seal(sm_block(&m, SM_OVERFLOW), SM_OVERFLOW, NODE_SALT);
	turn_each(sm_block(&m, SM_BITMAP));
	block_seal(sm_block(&m, SM_BITMAP), SM_BITMAP, BITMAP_SALT);
	sm_try(&m, nr_blocks, false);
	return 0;
}
