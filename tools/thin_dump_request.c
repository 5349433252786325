/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_dump_request.h"

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
		.overrides = overrides_read(&q->overrides),
		.nr_threads = (unsigned)q->threads.value,
	};
}
