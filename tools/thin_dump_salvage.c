/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_dump_salvage.h"

#include <errno.h>

#include "conclude.h"
#include "thin_repair_words.h"

/* The metadata snapshot's trees, if the snapshot itself can be read. */
static int find_roots(struct engine *e, const struct thin_dump_request *q,
		      struct thin_repair_opts *o, struct fault *f)
{
	struct thin_sb live, held;
	int r = thin_sb_read(e, false, &live, f);

	r = r ? r : thin_sb_read(e, true, &held, f);
	if (r)
		return r;
	f->found = live.held_root;
	if (q->metadata_snap.has_value && live.held_root != q->metadata_snap.value)
		return -ESTALE;
	o->has_mapping_root = o->has_details_root = true;
	o->mapping_root = held.mapping_root;
	o->details_root = held.details_root;
	return 0;
}

int thin_dump_salvage(struct engine *e, const struct thin_dump_request *q, const char *input,
		      struct thin_load_opts *o, struct thin_salvage **s)
{
	struct thin_repair_opts opts = { .overrides = o->overrides, .nr_threads = o->nr_threads };
	struct fault f;
	int r = 0;

	if (o->metadata_snap)
		r = find_roots(e, q, &opts, &f);
	if (r)
		return conclude_status(&thin_dump_tool, input, r, &f, &q->metadata_snap);
	r = thin_salvage_new(e, &opts, s);
	if (r)
		return tool_status(&thin_dump_tool, input,
				   thin_repair_say_failure(&thin_dump_tool, input, r));
	thin_repair_print_words(&thin_dump_tool, input, NULL, thin_salvage_report(*s));
	o->overrides = (struct thin_overrides){ .has_transaction_id = false };
	o->metadata_snap = false;
	o->metadata_snap_block = 0;
	return 0;
}
