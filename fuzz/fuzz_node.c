/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * B-tree nodes of any bytes, sealed so that all of them are judged.
 *
 *	| value size : 1 | flags of a case : 1 | block |
 */
#include <stdlib.h>
#include <string.h>

#include "pdata/node.h"

#define WHERE 7u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every view must be what the header promises. */
static void look(const struct node *n, const void *block)
{
	const uint8_t *end = (const uint8_t *)block + META_BLOCK_SIZE;
	struct fault f[NODE_MANNERS];
	uint64_t sum = 0;

	if (n->nr_entries > n->max_entries || (!n->leaf && !n->nr_entries) ||
	    n->max_entries > node_max_entries(n->value_size))
		abort();
	for (uint32_t i = 0; i < n->nr_entries; i++) {
		const uint8_t *value = node_value(n, i);

		if (i && node_key(n, i) <= node_key(n, i - 1))
			abort();
		if (value + n->value_size > end)
			abort();
		sum += value[0] + (n->value_size == 8 ? node_value64(n, i) : 0);
		if (node_find(n, node_key(n, i)) != (int)i)
			abort();
		if (node_key(n, i) && node_find(n, node_key(n, i) - 1) >= (int)i)
			abort();
	}
	if (node_find(n, UINT64_MAX) != (int)n->nr_entries - 1)
		abort();
	if (node_check_manners(n, block, sum & 1, f) > NODE_MANNERS)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t sizes[] = { 4, 8, 16, 24 };
	static _Alignas(8) uint8_t block[META_BLOCK_SIZE];
	struct fault f;
	struct node n;

	if (size < 2)
		return 0;
	memset(block, 0, sizeof(block));
	memcpy(block, data + 2, size - 2 < sizeof(block) ? size - 2 : sizeof(block));
	if (!(data[1] & 1))
		block_seal(block, WHERE, NODE_SALT);
	if (!node_parse(&n, block, WHERE, sizes[data[0] % 4], &f))
		look(&n, block);
	else if (f.where != WHERE || f.code >= NR_FAULT_CODES)
		abort();
	return 0;
}
