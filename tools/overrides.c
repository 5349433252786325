/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "overrides.h"

#include "meta/format.h"

const char *overrides_mistake(const struct opt_overrides *o)
{
	uint64_t size = o->data_block_size.value;

	if (o->data_block_size.set && (size < THIN_DATA_BLOCK_MIN || size > THIN_DATA_BLOCK_MAX ||
				       size % THIN_DATA_BLOCK_MIN))
		return "--data-block-size: wanted a multiple of 128 from 128 to 2097152 sectors";
	if (o->nr_data_blocks.set && o->nr_data_blocks.value >= THIN_MAX_DATA_BLOCKS)
		return "--nr-data-blocks: wanted less than 1099511627776";
	return NULL;
}

struct thin_overrides overrides_read(const struct opt_overrides *o)
{
	return (struct thin_overrides){
		.has_transaction_id = o->transaction_id.set,
		.has_data_block_size = o->data_block_size.set,
		.has_nr_data_blocks = o->nr_data_blocks.set,
		.transaction_id = o->transaction_id.value,
		.data_block_size = (uint32_t)o->data_block_size.value,
		.nr_data_blocks = o->nr_data_blocks.value,
	};
}
