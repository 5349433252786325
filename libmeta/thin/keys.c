/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/keys.h"

/* Child @i, if there is one of the right height with keys. */
static const struct scan_block *child_at(const struct thin_salvage *s, uint64_t where,
					 const struct node *n, uint32_t i)
{
	const struct scan_block *b = i < n->nr_entries ?
		scan_node(&s->scan, node_value64(n, i), SCAN_MAPPINGS) : NULL;

	return b && b->nr && b->height + 1u == s->scan.blocks[where].height ? b : NULL;
}

/* Is key @i wrong, and the first one of its child right? */
static bool is_wrong(const struct thin_salvage *s, uint64_t where, const struct node *n,
		     uint32_t i, struct span span)
{
	const struct scan_block *child = child_at(s, where, n, i);
	const struct scan_block *before = i ? child_at(s, where, n, i - 1) : NULL;
	uint64_t key = node_key(n, i);

	if (!child || child->last > salvage_span(n, i, span).last)
		return false;
	/* What is all before its key may be another's. */
	if (!i)
		return child->first < key && child->first >= span.low && child->top >= key;
	if (!before || before->first < node_key(n, i - 1) || before->top >= child->first)
		return false;
	return child->first < key || before->top >= key;
}

int keys_mend(struct thin_salvage *s, uint64_t where, const struct node *n, struct span span,
	      bool *mended)
{
	struct thin_finding f = { .code = THIN_FINDING_KEY_MENDED, .where = where };
	struct node_disk *d = NULL;
	int r = 0;

	for (uint32_t i = 0; i < n->nr_entries && !r; i++) {
		const struct scan_block *child;

		if (!is_wrong(s, where, n, i, span))
			continue;
		child = &s->scan.blocks[node_value64(n, i)];
		d = d ? d : overlay_edit(&s->overlay, where);
		if (!d)
			return -ENOMEM;
		d->keys[i] = cpu_to_le64(child->first);
		f.found = node_key(n, i);
		f.wanted = f.begin = child->first;
		f.end = child->top + (child->top != UINT64_MAX);
		f.nr = child->nr_below;
		r = salvage_mark(s, where, &f);
	}
	if (d)
		block_seal(d, where, NODE_SALT);
	*mended = d;
	return r;
}
