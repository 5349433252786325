/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_check_request.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

bool thin_check_is_mending(const struct thin_check_request *q)
{
	return q->auto_repair || q->clear_needs_check || q->rebuild;
}

static const char *find_undo_conflict(const struct thin_check_request *q)
{
	if (q->undo && !thin_check_is_mending(q))
		return "--undo needs --rebuild-space-maps, --auto-repair or "
		       "--clear-needs-check-flag; --apply-undo puts back what it has";
	if (q->apply_undo &&
	    (thin_check_is_mending(q) || q->metadata_snap.set || q->skip_mappings ||
	     q->super_block_only || q->ignore_non_fatal || q->json || q->explain ||
	     q->mapping_root.set || q->details_root.set))
		return "--apply-undo checks nothing: it goes with no other option but --quiet";
	return NULL;
}

const char *thin_check_request_mistake(const struct thin_check_request *q)
{
	bool override = q->mapping_root.set || q->details_root.set;

	if ((q->auto_repair || q->rebuild) &&
	    (q->metadata_snap.set || q->skip_mappings || q->super_block_only ||
	     q->ignore_non_fatal || override))
		return "--auto-repair and --rebuild-space-maps need a full check, without "
		       "--metadata-snap, --skip-mappings, --super-block-only, "
		       "--ignore-non-fatal-errors or an --override option";
	if (q->clear_needs_check && (q->metadata_snap.set || override))
		return "--clear-needs-check-flag does not go with --metadata-snap or an "
		       "--override option";
	return find_undo_conflict(q);
}

bool thin_check_request_has_undo_already(const struct thin_check_request *q)
{
	if (!q->undo || access(q->undo, F_OK))
		return false;
	tool_say(&thin_check_tool, q->undo, "is there already, wanted a new undo file");
	return true;
}

int thin_check_request_check_roots(const struct thin_check_request *q, const char *path,
				   uint64_t nr_blocks)
{
	const struct opt_u64 *roots[] = { &q->mapping_root, &q->details_root };

	for (unsigned i = 0; i < 2; i++) {
		if (!roots[i]->set || roots[i]->value < nr_blocks)
			continue;
		tool_say(&thin_check_tool, path, "--override-%s-root: block %" PRIu64
			 ", wanted one below %" PRIu64, i ? "details" : "mapping",
			 roots[i]->value, nr_blocks);
		return -EUCLEAN;
	}
	return 0;
}

bool thin_check_request_has_other_snapshot(const struct thin_check_request *q, const char *path,
					   const struct thin_check_report *rep)
{
	if (!q->metadata_snap.has_value || !rep->has_sb ||
	    q->metadata_snap.value == rep->sb.held_root)
		return false;
	tool_say(&thin_check_tool, path, "the metadata snapshot is in block %" PRIu64
		 ", not in block %" PRIu64, rep->sb.held_root, q->metadata_snap.value);
	return true;
}

struct thin_check_opts thin_check_request_opts(const struct thin_check_request *q)
{
	return (struct thin_check_opts){
		.nr_threads = (unsigned)q->threads.value,
		.super_block_only = q->super_block_only,
		.skip_mappings = q->skip_mappings,
		.metadata_snap = q->metadata_snap.set,
		.has_mapping_root = q->mapping_root.set,
		.has_details_root = q->details_root.set,
		.mapping_root = q->mapping_root.value,
		.details_root = q->details_root.value,
	};
}
