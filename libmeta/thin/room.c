/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/room.h"

#include "thin/refill.h"
#include "thin/trees.h"

uint64_t room_of(uint32_t height, struct span span)
{
	uint64_t most = REFILL_MOST, nr_keys = span.last - span.low;

	if (height > SCAN_MAX_HEIGHT)
		return UINT32_MAX;
	while (height-- && most < UINT32_MAX)
		most *= REFILL_MOST;
	return nr_keys < most ? nr_keys + 1 : most;
}

static int add_up(struct thin_salvage *s, uint64_t where, struct span span, uint64_t *most)
{
	const struct scan_block *b = &s->scan.blocks[where];
	unsigned height = b->height;
	struct node n;
	int r;

	if (b->whole || !height) {
		*most += b->nr_below;
		return 0;
	}
	r = salvage_read(s, where, sizeof(__le64), height, &n);
	for (uint32_t i = 0; i < n.nr_entries && !r; i++) {
		struct span below = salvage_span(&n, i, span);

		if (trees_is_usable(s, node_value64(&n, i), height - 1, below))
			r = add_up(s, node_value64(&n, i), below, most);
		else
			*most += room_of(height - 1, below);
	}
	return r;
}

int room_find(struct thin_salvage *s, uint64_t where, uint64_t *most)
{
	const struct span all = { 0, UINT64_MAX };

	*most = 0;
	return add_up(s, where, all, most);
}
