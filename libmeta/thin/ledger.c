/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/ledger.h"

#include <string.h>

static int load_side(struct ledger *l, struct ledger_side *side, const struct sm_root *root,
		     struct bits *several)
{
	int r = refs_init(&side->refs, root->nr_blocks);

	r = r ? r : sm_load(&side->sm, &l->walk, &side->refs, root, several);
	side->loaded = !r;
	return r;
}

int ledger_load(struct ledger *l, struct engine *e, const struct sm_root *root,
		unsigned nr_threads)
{
	uint64_t nr = engine_nr_blocks(e);
	int r;

	memset(l, 0, sizeof(*l));
	r = fault_sink_init(&l->sink, 1);
	l->begun = true;
	if (r)
		return r;
	/* Some of it may have been made anew, behind the end. */
	r = walk_init(&l->walk, e, nr < META_MAX_BLOCKS ? nr : META_MAX_BLOCKS, NULL, &l->sink);
	if (r)
		return r;
	l->walk.stream.nr_threads = nr_threads;
	return root ? load_side(l, &l->metadata, root, NULL) : 0;
}

int ledger_load_data(struct ledger *l, const struct sm_root *root)
{
	int r = bits_init(&l->several, root->nr_blocks);

	return r ? r : load_side(l, &l->data, root, &l->several);
}

void ledger_exit(struct ledger *l)
{
	if (!l->begun)
		return;
	sm_exit(&l->data.sm);
	sm_exit(&l->metadata.sm);
	refs_exit(&l->data.refs);
	refs_exit(&l->metadata.refs);
	bits_exit(&l->several);
	if (l->walk.engine)
		walk_exit(&l->walk);
	fault_sink_exit(&l->sink);
}
