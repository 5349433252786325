/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/trees.h"

#include "base/alloc.h"
#include "thin/keys.h"
#include "thin/remains.h"
#include "thin/tally.h"

static const struct span everything = { 0, UINT64_MAX };

/* All children may be gone, and then only the parent knows how high it is. */
static void believe_parent(struct thin_salvage *s, uint64_t where, unsigned height)
{
	struct scan_block *b = &s->scan.blocks[where];

	if (!height || !b->inner || b->families)
		return;
	b->families = SCAN_MAPPINGS;
	b->height = (uint8_t)height;
}

bool trees_is_usable(const struct thin_salvage *s, uint64_t where, unsigned height,
		     struct span span)
{
	const struct scan_block *b = scan_node(&s->scan, where, SCAN_MAPPINGS);

	return b && b->height == height && span.low <= span.last &&
	       (!b->nr || (b->first >= span.low && b->last <= span.last));
}

/* A leaf loses the mappings that no data device has room for. */
static int drop_strays(struct thin_salvage *s, uint64_t where)
{
	struct node_disk *d = overlay_edit(&s->overlay, where);
	struct thin_finding f = { .code = THIN_FINDING_STRAY, .where = where };
	uint32_t nr, max, to = 0;
	__le64 *values;
	int r = 0;

	if (!d)
		return -ENOMEM;
	nr = le32_to_cpu(d->header.nr_entries);
	max = le32_to_cpu(d->header.max_entries);
	values = d->keys + max;
	for (uint32_t i = 0; i < nr && !r; i++) {
		uint64_t data = thin_mapping_block(le64_to_cpu(values[i]));

		if (data < s->scan.nr_data_blocks) {
			d->keys[to] = d->keys[i];
			values[to++] = values[i];
			continue;
		}
		f.begin = le64_to_cpu(d->keys[i]);
		f.end = f.begin == UINT64_MAX ? UINT64_MAX : f.begin + 1;
		f.nr = 1;
		f.found = data;
		f.wanted = s->scan.nr_data_blocks;
		r = salvage_mark(s, where, &f);
	}
	d->header.nr_entries = cpu_to_le32(to);
	block_seal(d, where, NODE_SALT);
	return r;
}

/*
 * By the superblock nothing was written then yet, so something is wrong there,
 * and who knows what else in the same leaf.
 */
static int mark_late(struct thin_salvage *s, uint64_t where)
{
	struct thin_finding f = {
		.code = THIN_FINDING_LATE, .where = where, .wanted = s->pool.time,
	};
	struct node n;
	int r = salvage_read(s, where, sizeof(__le64), 0, &n);

	for (uint32_t i = 0; i < n.nr_entries && !r; i++)
		f.nr += thin_mapping_time(node_value64(&n, i)) > s->pool.time;
	return r || !f.nr ? r : salvage_mark(s, where, &f);
}

/* Can the lost block's own number be used for what comes in its place? */
static bool is_vacant(const struct thin_salvage *s, uint64_t where)
{
	return where && where < s->scan.nr_blocks && !s->scan.blocks[where].families &&
	       !s->scan.blocks[where].inner && !bits_has(&s->taken, where);
}

/* Another pointer to the same hole; false if it cannot be the same. */
static bool joins_hole(struct thin_salvage *s, uint64_t where, unsigned height, struct span span)
{
	struct hole *h;

	if (where >= s->scan.nr_blocks || !s->hole_of[where])
		return false;
	h = &s->holes[s->hole_of[where] - 1];
	if (span.low < h->span.low)
		span.low = h->span.low;
	if (span.last > h->span.last)
		span.last = h->span.last;
	if (h->height != height || span.low > span.last)
		return false;
	h->span = span;
	return true;
}

int trees_add_hole(struct thin_salvage *s, const struct hole *hole)
{
	int r = salvage_room(&s->holes, &s->room_holes, s->nr_holes, sizeof(*s->holes));

	if (r)
		return r;
	s->holes[s->nr_holes++] = *hole;
	s->hole_of[hole->where] = (uint32_t)s->nr_holes;
	bits_add(&s->taken, hole->where);
	return remains_find_hints(s, &s->holes[s->nr_holes - 1]);
}

static int repoint(struct thin_salvage *s, uint64_t parent, uint32_t index, uint64_t to)
{
	struct node_disk *d = overlay_edit(&s->overlay, parent);
	uint32_t max;

	if (!d)
		return -ENOMEM;
	max = le32_to_cpu(d->header.max_entries);
	d->keys[max + index] = cpu_to_le64(to);
	block_seal(d, parent, NODE_SALT);
	return 0;
}

static int leave_hole(struct thin_salvage *s, uint64_t parent, uint32_t index, uint64_t child,
		      const struct hole *hole)
{
	struct hole h = *hole;
	int r;

	if (joins_hole(s, child, h.height, h.span)) {
		ledger_take(&s->ledger.metadata, child);
		return 0;
	}
	h.where = h.was = child;
	if (is_vacant(s, child)) {
		ledger_take(&s->ledger.metadata, child);
		return trees_add_hole(s, &h);
	}
	h.where = salvage_number(s);
	if (!h.where)
		return -ENOSPC;
	r = repoint(s, parent, index, h.where);
	return r ? r : trees_add_hole(s, &h);
}

static int reach_child(struct thin_salvage *s, uint64_t parent, const struct node *n, uint32_t i,
		       unsigned height, uint64_t last)
{
	uint64_t child = node_value64(n, i);
	struct hole hole = {
		.parent = parent, .height = height, .device = SALVAGE_NONE,
		.span = { node_key(n, i), last },
	};

	if (i + 1 < n->nr_entries)
		hole.span.last = node_key(n, i + 1) - 1;
	if (child < s->scan.nr_blocks)
		believe_parent(s, child, height);
	/* Of older nodes, what others use now has become something else. */
	if (!trees_is_usable(s, child, height, hole.span) ||
	    (s->older && !salvage_is_missed(s, child) && bits_has(&s->reached, child)))
		return leave_hole(s, parent, i, child, &hole);
	ledger_take(&s->ledger.metadata, child);
	return trees_reach(s, child, hole.span);
}

int trees_reach(struct thin_salvage *s, uint64_t where, struct span span)
{
	const struct scan_block *b = &s->scan.blocks[where];
	unsigned height = b->height;
	bool mended = false;
	struct node n;
	int r;

	if (!bits_add(&s->reached, where))
		return 0;
	/* Its count has gone to somebody else. */
	if (s->older)
		bits_add(&s->held, where);
	s->owners[where] = s->reaching;
	if (!height) {
		r = b->strays ? drop_strays(s, where) : 0;
		if (!r && s->has_sb && !s->all_older && b->time > s->pool.time)
			r = mark_late(s, where);
		return r || !s->counting ? r : tally_leaf(s, where);
	}
	r = salvage_read(s, where, sizeof(__le64), height, &n);
	/* Of older nodes the children may have become something else. */
	if (!r && !s->older)
		r = keys_mend(s, where, &n, span, &mended);
	if (!r && mended)
		r = salvage_read(s, where, sizeof(__le64), height, &n);
	for (uint32_t i = 0; i < n.nr_entries && !r; i++)
		r = reach_child(s, where, &n, i, height - 1, span.last);
	return r;
}

int trees_reach_device(struct thin_salvage *s, uint32_t index)
{
	struct salvage_device *d = &s->devices[index];
	const struct scan_block *b = scan_node(&s->scan, d->root, SCAN_MAPPINGS);
	struct hole hole = {
		.device = index, .height = SALVAGE_NONE, .span = everything, .where = d->root,
		.was = d->root,
	};

	s->reaching = index;
	if (b)
		return trees_reach(s, d->root, everything);
	if (d->root && joins_hole(s, d->root, SALVAGE_NONE, everything))
		return 0;
	if (!is_vacant(s, d->root))
		hole.where = salvage_number(s);
	if (!hole.where)
		return -ENOSPC;
	d->root = hole.where;
	return trees_add_hole(s, &hole);
}
