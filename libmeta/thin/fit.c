/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/fit.h"

static enum fit judge_leaf(struct thin_salvage *s, const struct node *n)
{
	struct ledger_side *data = &s->ledger.data;
	enum fit fit = FIT_UNKNOWN;

	for (uint32_t i = 0; i < n->nr_entries; i++) {
		uint64_t block = thin_mapping_block(node_value64(n, i));

		if (!ledger_knows(data, block))
			continue;
		if (ledger_missing(data, block) <= 0)
			return FIT_BAD;
		fit = FIT_GOOD;
	}
	return fit;
}

/* One child that has no business there is enough. */
static int judge(struct thin_salvage *s, uint64_t where, unsigned level, enum fit *fit)
{
	const struct scan_block *b = scan_node(&s->scan, where, SCAN_MAPPINGS);
	struct node n;
	int r;

	if (!b || level > SCAN_MAX_HEIGHT)
		return 0;
	r = salvage_read(s, where, sizeof(__le64), level, &n);
	if (!r && n.leaf)
		*fit = judge_leaf(s, &n);
	if (r || n.leaf)
		return r;
	for (uint32_t i = 0; i < n.nr_entries && !r && *fit != FIT_BAD; i++) {
		uint64_t child = node_value64(&n, i);
		enum fit below = FIT_UNKNOWN;

		/* What is in use may be shared. */
		if (bits_has(&s->reached, child))
			continue;
		r = judge(s, child, level + 1, &below);
		if (below != FIT_UNKNOWN)
			*fit = below;
	}
	return r;
}

int fit_judge(struct thin_salvage *s, uint64_t where, enum fit *fit)
{
	*fit = FIT_UNKNOWN;
	return judge(s, where, 0, fit);
}
