/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Space maps whose index is any bytes, sealed so that all of them are judged:
 * an index block, or the root of an index tree.
 *
 *	| blocks : 3 | tree : 1 | block |
 */
#include "space_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct space_map m;
	uint64_t nr_blocks;
	bool is_data;

	if (size < 4)
		return 0;
	nr_blocks = (data[0] | (uint64_t)data[1] << 8 | (uint64_t)data[2] << 16) % (1 << 20);
	is_data = data[3] & 1;
	sm_init(&m);
	for (unsigned b = SM_BITMAP; b < SM_NR; b++)
		if (b != SM_OVERFLOW)
			block_seal(sm_block(&m, b), b, BITMAP_SALT);
	block_seal(sm_block(&m, SM_OVERFLOW), SM_OVERFLOW, NODE_SALT);
	size -= 4;
	memcpy(sm_block(&m, SM_INDEX), data + 4, size < META_BLOCK_SIZE ? size : META_BLOCK_SIZE);
	block_seal(sm_block(&m, SM_INDEX), SM_INDEX, is_data ? NODE_SALT : INDEX_SALT);
	sm_try(&m, nr_blocks, is_data);
	return 0;
}
