/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/ledger.h"

#include <string.h>

/* Takes an entry of the overflow tree that nothing but a lost bitmap announces. */
static int spare_leaf(void *arg, const struct node *n, uint64_t where,
		      const struct walk_span *span)
{
	struct ledger_side *side = arg;

	(void)where;
	(void)span;
	for (uint32_t i = 0; i < n->nr_entries; i++) {
		uint64_t block = node_key(n, i);
		__le32 count_le;

		memcpy(&count_le, node_value(n, i), sizeof(count_le));
		if (block < side->refs.nr && le32_to_cpu(count_le) >= BITMAP_OVERFLOW &&
		    sm_is_lost(&side->sm, block / BITMAP_ENTRIES) &&
		    bits_add(&side->spared, block))
			refs_add(&side->refs, block, le32_to_cpu(count_le));
	}
	return 0;
}

/* Goes through the overflow tree once more, on one thread. */
static int spare(struct ledger *l, struct ledger_side *side, const struct sm_root *root)
{
	const struct walk_tree tree = {
		.kind = KIND_OVERFLOW, .value_size = sizeof(__le32), .leaf = spare_leaf,
		.arg = side,
	};
	struct walk_root from = { .where = root->overflow_root };
	struct walk walk;
	int r = bits_init(&side->spared, root->nr_blocks);

	r = r ? r : walk_init(&walk, l->walk.engine, l->walk.nr_blocks, NULL, &l->sink);
	if (r)
		return r;
	walk.stream.nr_threads = 1;
	r = walk_run(&walk, &tree, &from, 1);
	side->all_large = !walk.nr_damages &&
			  walk_kind(&walk, root->overflow_root) == KIND_OVERFLOW;
	walk_exit(&walk);
	return r;
}

static bool has_lost(const struct sm *sm)
{
	for (uint64_t i = 0; i < sm->nr_bitmaps; i++)
		if (sm_is_lost(sm, i))
			return true;
	return false;
}

static int load_side(struct ledger *l, struct ledger_side *side, const struct sm_root *root,
		     struct bits *several)
{
	int r = refs_init(&side->refs, root->nr_blocks);

	r = r ? r : sm_load(&side->sm, &l->walk, &side->refs, root, several);
	if (!r && root->overflow_root && has_lost(&side->sm))
		r = spare(l, side, root);
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
	bits_exit(&l->data.spared);
	bits_exit(&l->metadata.spared);
	bits_exit(&l->several);
	if (l->walk.engine)
		walk_exit(&l->walk);
	fault_sink_exit(&l->sink);
}
