/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/replaced.h"

#include "thin/counts.h"

/* Once; what is left then is nothing. */
static int mark(struct thin_salvage *s, struct ledger_side *now, uint64_t where)
{
	const struct scan_block *b = scan_node(&s->scan, where, SCAN_MAPPINGS);
	struct thin_finding f = { .code = THIN_FINDING_REPLACED, .where = where };

	if (!b || !bits_has(&s->reached, where) || ledger_missing(now, where) >= 0)
		return 0;
	refs_add(&now->refs, where, -ledger_missing(now, where));
	f.nr = b->nr_below;
	return salvage_mark(s, where, &f);
}

/* A change in a tree changes all nodes on the way there; so it is roots and leaves. */
static int mark_all(struct thin_salvage *s, struct ledger_side *now)
{
	int r = 0;

	for (size_t i = 0; i < s->nr_devices && !r; i++)
		r = mark(s, now, s->devices[i].root);
	for (uint64_t where = 1; where < s->scan.nr_blocks && !r; where++)
		if (!s->scan.blocks[where].height)
			r = mark(s, now, where);
	return r;
}

int replaced_find(struct thin_salvage *s)
{
	struct ledger now = { .begun = false };
	struct refs found = { .nr = 0 };
	int r;

	if (!s->has_sb || !s->all_older || !s->mapping_root)
		return 0;
	r = ledger_load(&now, &s->overlay.engine, &s->sb.metadata_sm, s->opts.nr_threads);
	r = r ? r : refs_init(&found, s->scan.nr_blocks);
	if (!r && ledger_is_whole(&now.metadata)) {
		r = counts_find_pointers(s, s->mapping_root, s->details_root, &found);
		for (uint64_t where = 1; where < found.nr && where < now.metadata.refs.nr; where++)
			refs_add(&now.metadata.refs, where, -refs_get(&found, where));
		r = r ? r : mark_all(s, &now.metadata);
	}
	refs_exit(&found);
	ledger_exit(&now);
	return r;
}
