/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_dump_request.h"

#include <string.h>

const char *thin_dump_request_mistake(const struct thin_dump_request *q)
{
	if (strcmp(q->format, "xml") && strcmp(q->format, "human_readable"))
		return "--format: wanted xml or human_readable";
	return tool_find_bad_override(&q->data_block_size, &q->nr_data_blocks);
}

struct thin_load_opts thin_dump_request_opts(const struct thin_dump_request *q)
{
	return (struct thin_load_opts){
		.metadata_snap = q->metadata_snap.set,
		.metadata_snap_block = q->metadata_snap.has_value ? q->metadata_snap.value : 0,
		/* Who gives the block this way knows mappings only. */
		.expand = q->expand || q->metadata_snap.apart,
		.skip_mappings = q->skip_mappings,
		.dev_ids = q->dev_ids.values,
		.nr_dev_ids = q->dev_ids.nr,
		.overrides = {
			.has_transaction_id = q->transaction_id.set,
			.has_data_block_size = q->data_block_size.set,
			.has_nr_data_blocks = q->nr_data_blocks.set,
			.transaction_id = q->transaction_id.value,
			.data_block_size = (uint32_t)q->data_block_size.value,
			.nr_data_blocks = q->nr_data_blocks.value,
		},
		.nr_threads = (unsigned)q->threads.value,
	};
}
