/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "overrides.h"

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
