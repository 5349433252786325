/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/room.h"

#include "thin/refill.h"
#include "thin/trees.h"

/* So many damaged nodes are read for all trees, as many trees may share one. */
#define MOST_READ (1u << 20)

uint64_t room_of(uint32_t height, struct span span)
{
	uint64_t most = REFILL_MOST, nr_keys = span.last - span.low;

	if (height > SCAN_MAX_HEIGHT)
		return UINT32_MAX;
	while (height-- && most < UINT32_MAX)
		most *= REFILL_MOST;
	return nr_keys < most ? nr_keys + 1 : most;
}

static int add_up(struct room *room, uint64_t where, struct span span, uint64_t *most)
{
	struct thin_salvage *s = room->s;
	const struct scan_block *b = &s->scan.blocks[where];
	unsigned height = b->height;
	struct node n;
	int r;

	if (b->whole || !height) {
		*most += b->nr_below;
		return 0;
	}
	if (room->nr_read >= MOST_READ)
		return 0;
	room->nr_read++;
	r = salvage_read(s, where, sizeof(__le64), height, &n);
	for (uint32_t i = 0; i < n.nr_entries && !r; i++) {
		struct span below = salvage_span(&n, i, span);

		if (trees_is_usable(s, node_value64(&n, i), height - 1, below))
			r = add_up(room, node_value64(&n, i), below, most);
		else
			*most += room_of(height - 1, below);
	}
	return r;
}

int room_find(struct room *room, uint64_t where, uint64_t *most)
{
	const struct span all = { 0, UINT64_MAX };
	int r;

	*most = 0;
	r = add_up(room, where, all, most);
	if (room->nr_read >= MOST_READ)
		*most = ROOM_UNKNOWN;
	return r;
}
