/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/fit.h"

#include "thin/trees.h"

static enum fit judge_leaf(struct thin_salvage *s, const struct node *n)
{
	struct ledger_side *data = &s->ledger.data;
	enum fit fit = FIT_UNKNOWN;

	for (uint32_t i = 0; i < n->nr_entries; i++) {
		uint64_t block = thin_mapping_block(node_value64(n, i));

		if (!ledger_knows(data, block)) {
			if (fit == FIT_UNKNOWN && block < s->found.nr && refs_get(&s->found, block))
				fit = FIT_TAKEN;
			continue;
		}
		if (ledger_missing(data, block) <= 0)
			return FIT_BAD;
		fit = FIT_GOOD;
	}
	return fit;
}

/* One child that has no business there is enough. */
static int judge(struct thin_salvage *s, uint64_t where, struct span span, enum fit *fit)
{
	unsigned height = s->scan.blocks[where].height;
	struct node n;
	int r = salvage_read(s, where, sizeof(__le64), height, &n);

	if (!r && n.leaf)
		*fit = judge_leaf(s, &n);
	for (uint32_t i = 0; i < n.nr_entries && !r && height && *fit != FIT_BAD; i++) {
		struct span below = salvage_span(&n, i, span);
		uint64_t child = node_value64(&n, i);
		enum fit found = FIT_UNKNOWN;

		/* What is in use may be shared. */
		if (child < s->scan.nr_blocks && bits_has(&s->reached, child))
			continue;
		if (trees_is_usable(s, child, height - 1, below))
			r = judge(s, child, below, &found);
		if (found != FIT_UNKNOWN)
			*fit = found;
	}
	return r;
}

int fit_judge(struct thin_salvage *s, uint64_t where, enum fit *fit)
{
	const struct span all = { 0, UINT64_MAX };

	/* What is in use has been counted. */
	*fit = bits_has(&s->reached, where) ? FIT_TAKEN : FIT_UNKNOWN;
	if (*fit == FIT_TAKEN)
		return 0;
	return scan_node(&s->scan, where, SCAN_MAPPINGS) ? judge(s, where, all, fit) : 0;
}
