/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_repair_request.h"

#include <errno.h>

const char *thin_repair_request_mistake(const struct thin_repair_request *q)
{
	if (!q->input)
		return "missing option: -i {device|file}";
	if (!q->output && !q->dry_run && !q->list_roots)
		return "missing option: -o {device|file}, or --dry-run";
	if (q->mapping_root.set != q->details_root.set)
		return "--mapping-root and --details-root need each other";
	if (q->roots.set + q->mapping_root.set + q->transaction.set > 1)
		return "--roots, --transaction and --mapping-root do not go together";
	if (q->lvm_pool && !q->lvm_backup)
		return "--lvm-pool needs --lvm-backup";
	return NULL;
}

int thin_repair_request_check_files(const struct thin_repair_request *q)
{
	const char *outputs[] = { q->dry_run || q->list_roots ? NULL : q->output, q->report };

	for (unsigned i = 0; i < 2; i++) {
		if (tool_is_taken(&thin_repair_tool, outputs[i], q->input, "the input") ||
		    tool_is_taken(&thin_repair_tool, outputs[i], q->lvm_backup,
				  "the --lvm-backup"))
			return -EUCLEAN;
	}
	if (tool_is_taken(&thin_repair_tool, outputs[1], outputs[0], "the output"))
		return -EUCLEAN;
	return 0;
}

struct thin_repair_opts thin_repair_request_opts(const struct thin_repair_request *q,
						 struct progress *progress)
{
	bool has_pool = q->pool.chunk_size;
	struct opt_overrides overrides = q->overrides;

	if (!overrides.transaction_id.set)
		overrides.transaction_id = q->transaction;
	return (struct thin_repair_opts){
		.overrides = overrides_read(&overrides),
		.spare = {
			.has_transaction_id = has_pool,
			.has_data_block_size = has_pool,
			.has_nr_data_blocks = has_pool,
			.transaction_id = q->pool.transaction_id,
			.data_block_size = q->pool.chunk_size,
			.nr_data_blocks = q->pool.nr_chunks,
		},
		.has_mapping_root = q->mapping_root.set,
		.has_details_root = q->details_root.set,
		.mapping_root = q->mapping_root.value,
		.details_root = q->details_root.value,
		.nr_threads = (unsigned)q->threads.value,
		.progress = progress,
	};
}
