/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/override.h"

#include "meta/format.h"

bool override_is_legal(const struct thin_overrides *o)
{
	uint32_t size = o->data_block_size;

	if (o->has_data_block_size && (size < THIN_DATA_BLOCK_MIN || size > THIN_DATA_BLOCK_MAX ||
				       size % THIN_DATA_BLOCK_MIN))
		return false;
	return !o->has_nr_data_blocks || o->nr_data_blocks < THIN_MAX_DATA_BLOCKS;
}

void override_apply(const struct thin_overrides *o, struct thin_pool *pool)
{
	if (o->has_transaction_id)
		pool->transaction_id = o->transaction_id;
	if (o->has_data_block_size)
		pool->data_block_size = o->data_block_size;
	if (o->has_nr_data_blocks)
		pool->nr_data_blocks = o->nr_data_blocks;
}
