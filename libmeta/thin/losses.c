/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/losses.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "thin/reach.h"

struct finder {
	struct losses *losses;
	uint32_t dev_id;
	bool any;			/* this device lost something */
};

static int add_loss(void *arg, uint64_t where, uint64_t begin, uint64_t end)
{
	struct finder *finder = arg;
	struct losses *l = finder->losses;
	struct thin_loss *last = l->nr ? &l->all[l->nr - 1] : NULL;

	finder->any = true;
	/* Neighbours that the same block took are one loss. */
	if (last && last->dev_id == finder->dev_id && last->end == begin && last->where == where) {
		last->end = end;
		return 0;
	}
	if (l->nr == l->most)
		return 0;
	if (alloc_room(&l->all, &l->room, l->nr, 1, sizeof(*l->all)))
		return -ENOMEM;
	l->all[l->nr++] = (struct thin_loss){
		.dev_id = finder->dev_id, .where = where, .begin = begin, .end = end,
	};
	return 0;
}

static int add_hit(struct losses *l, struct walk *walk, const struct roster *roster,
		   const struct roster_mapping *m)
{
	const struct roster_details *d = roster_find_details(roster, m->dev_id, m->sides);
	bool good = walk_kind(walk, m->root) == KIND_MAPPING && !bits_has(&walk->lost, m->root);

	if (alloc_room(&l->hits, &l->room_hits, l->nr_hits, 1, sizeof(*l->hits)))
		return -ENOMEM;
	l->hits[l->nr_hits++] = (struct thin_hit){
		.dev_id = (uint32_t)m->dev_id, .has_mapped = d,
		.nr_mapped = d ? d->device.mapped_blocks : 0,
		.nr_found = good ? walk->spans[m->root].nr_entries : 0,
	};
	return 0;
}

int losses_find(struct losses *l, struct walk *walk, const struct roster *roster, uint32_t side)
{
	struct finder finder = { .losses = l };
	struct reach reach = {
		.walk = walk, .wanted = &walk->lost, .found = add_loss, .arg = &finder,
	};
	int r = reach_init(&reach);

	for (uint64_t i = 0; i < roster->nr_mappings && !r; i++) {
		const struct roster_mapping *m = &roster->mappings[i];

		if (!(m->sides & side))
			continue;
		finder.dev_id = (uint32_t)m->dev_id;
		finder.any = false;
		r = reach_root(&reach, m->from, m->root);
		if (!r && finder.any)
			r = add_hit(l, walk, roster, m);
	}
	reach_exit(&reach);
	return r;
}

void losses_exit(struct losses *l)
{
	free(l->all);
	free(l->hits);
	l->all = NULL;
	l->hits = NULL;
}
