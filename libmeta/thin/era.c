/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/era.h"

#include "thin/trees.h"

static void look_at_leaf(struct thin_salvage *s, const struct node *n, struct era *era)
{
	struct ledger_side *data = &s->ledger.data;

	for (uint32_t i = 0; i < n->nr_entries; i++) {
		uint64_t value = node_value64(n, i);
		uint64_t block = thin_mapping_block(value);
		uint32_t time = thin_mapping_time(value);

		if (!ledger_knows(data, block) || ledger_missing(data, block) != 1 ||
		    block >= s->found.nr || refs_get(&s->found, block))
			continue;
		if (!era->known || time < era->first)
			era->first = time;
		era->known = true;
	}
}

static int descend(struct thin_salvage *s, uint64_t where, struct span span, struct era *era)
{
	unsigned height = s->scan.blocks[where].height;
	struct node n;
	int r;

	/* What several point to is not its own. */
	if (bits_has(&s->reached, where) || ledger_missing(&s->ledger.metadata, where) > 1)
		return 0;
	r = salvage_read(s, where, sizeof(__le64), height, &n);
	if (!r && n.leaf)
		look_at_leaf(s, &n, era);
	for (uint32_t i = 0; i < n.nr_entries && !r && height; i++) {
		struct span below = salvage_span(&n, i, span);

		if (trees_is_usable(s, node_value64(&n, i), height - 1, below))
			r = descend(s, node_value64(&n, i), below, era);
	}
	return r;
}

int era_find(struct thin_salvage *s, uint64_t where, struct era *era)
{
	const struct span all = { 0, UINT64_MAX };

	*era = (struct era){ .last = s->scan.blocks[where].time };
	return scan_node(&s->scan, where, SCAN_MAPPINGS) ? descend(s, where, all, era) : 0;
}

uint32_t era_fit(const struct era *era, const struct thin_device *d, uint32_t most)
{
	uint32_t distance;

	if (era->last + 1 == d->creation_time && d->creation_time == d->snapshotted_time)
		return most;
	if (!era->known || era->first < d->creation_time)
		return 0;
	distance = era->first - d->creation_time;
	return distance < most ? most - most * distance / (distance + 1) / 2 : 0;
}
