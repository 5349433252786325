/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/era.h"

#include "thin/trees.h"

struct look {
	struct thin_salvage *s;
	const struct bits *shared;	/* or NULL */
	struct era *era;
};

/* A leaf of its own was written to last when its latest mapping was made. */
static bool is_own(struct thin_salvage *s, uint64_t mapping, uint32_t latest)
{
	uint64_t block = thin_mapping_block(mapping);
	struct ledger_side *data = &s->ledger.data;

	if (!ledger_knows(data, block))
		return thin_mapping_time(mapping) == latest && !ledger_is_large(data, block);
	return ledger_missing(data, block) == 1 &&
	       (block >= s->found.nr || !refs_get(&s->found, block));
}

static void look_at_leaf(struct look *l, uint64_t where, const struct node *n)
{
	for (uint32_t i = 0; i < n->nr_entries; i++) {
		uint64_t value = node_value64(n, i);
		uint32_t time = thin_mapping_time(value);

		if (!is_own(l->s, value, l->s->scan.blocks[where].time))
			continue;
		if (!l->era->known || time < l->era->first)
			l->era->first = time;
		l->era->known = true;
	}
}

/* What several point to is not its own. */
static bool is_shared(const struct look *l, uint64_t where)
{
	struct ledger_side *metadata = &l->s->ledger.metadata;

	if (bits_has(&l->s->reached, where) || ledger_is_large(metadata, where))
		return true;
	return ledger_knows(metadata, where) ? ledger_missing(metadata, where) > 1 :
	       l->shared && bits_has(l->shared, where);
}

static int descend(struct look *l, uint64_t where, struct span span)
{
	unsigned height = l->s->scan.blocks[where].height;
	struct node n;
	int r;

	if (is_shared(l, where))
		return 0;
	r = salvage_read(l->s, where, sizeof(__le64), height, &n);
	if (!r && n.leaf)
		look_at_leaf(l, where, &n);
	for (uint32_t i = 0; i < n.nr_entries && !r && height; i++) {
		struct span below = salvage_span(&n, i, span);

		if (trees_is_usable(l->s, node_value64(&n, i), height - 1, below))
			r = descend(l, node_value64(&n, i), below);
	}
	return r;
}

int era_find(struct thin_salvage *s, uint64_t where, const struct bits *shared, struct era *era)
{
	const struct span all = { 0, UINT64_MAX };
	struct look l = { s, shared, era };

	*era = (struct era){ .last = s->scan.blocks[where].time };
	return scan_node(&s->scan, where, SCAN_MAPPINGS) ? descend(&l, where, all) : 0;
}

uint32_t era_fit(const struct era *era, const struct thin_device *d, uint32_t most)
{
	uint32_t created = d->creation_time, distance;

	/* Own data that the device can have written says more than having none. */
	if (era->known && era->first >= created) {
		distance = era->first - created;
		return distance < most ? most - most * distance / (distance + 1) / 2 : 0;
	}
	if (era->last >= created)
		return era->known ? 0 : most / 4;
	distance = created - era->last;
	return distance < most ? (era->known ? most / 4 : most - most / 8) / distance : 0;
}
