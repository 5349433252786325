/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/older.h"

#include <string.h>

#include "base/alloc.h"
#include "base/sorted.h"
#include "thin/kin.h"
#include "thin/refill.h"

/* So many mappings are considered. */
#define MOST_FINDS (1u << 22)

/* Keys of a hole that no piece has. */
struct gap {
	struct span span;
	uint64_t reach;			/* the largest key of this gap and those before */
	uint32_t hole;
};

/* A mapping that might go into a gap. */
struct find {
	uint64_t key;
	uint64_t value;
	uint32_t gap;
	uint32_t hole;
	uint32_t leaf;
	bool is_kin;
	bool taken;
};

struct fill {
	struct thin_salvage *s;
	struct kin kin;
	struct gap *gaps;
	size_t nr_gaps, room_gaps;
	struct find *finds;
	size_t nr_finds, room_finds;
	uint32_t nr_root_holes;
	struct refill_entry *entries;	/* room for the mappings of one hole */
};

static int add_gap(struct fill *f, uint32_t hole, uint64_t low, uint64_t last)
{
	int r = salvage_room(&f->gaps, &f->room_gaps, f->nr_gaps, sizeof(*f->gaps));

	if (!r && low <= last)
		f->gaps[f->nr_gaps++] = (struct gap){ { low, last }, last, hole };
	return r;
}

/* Does what was found for a lost root add up to what the device had? */
static bool is_complete(const struct thin_salvage *s, const struct hole *h)
{
	uint64_t sum = 0;

	if (h->device == SALVAGE_NONE)
		return false;
	for (size_t i = 0; i < h->nr_pieces; i++)
		sum += s->scan.blocks[h->pieces[i]].nr_below;
	return sum == s->devices[h->device].said;
}

static int find_gaps(struct fill *f, uint32_t hole)
{
	const struct hole *h = &f->s->holes[hole];
	const struct scan_block *blocks = f->s->scan.blocks;
	uint64_t low = h->span.low;
	bool ended = false;
	int r = 0;

	if (h->height == SALVAGE_NONE || is_complete(f->s, h))
		return 0;
	/* Between pieces there may never have been anything. */
	if (h->nr_pieces && !ledger_is_whole(&f->s->ledger.data))
		return 0;
	for (size_t i = 0; i < h->nr_pieces && !r; i++) {
		uint64_t first = blocks[h->pieces[i]].first;

		if (first > low)
			r = add_gap(f, hole, low, first - 1);
		low = salvage_piece_last(f->s, h, i) + 1;
		ended = !low;
	}
	return r || ended ? r : add_gap(f, hole, low, h->span.last);
}

static int compare_gaps(const void *a, const void *b)
{
	const struct gap *x = a, *y = b;

	if (x->span.low != y->span.low)
		return x->span.low < y->span.low ? -1 : 1;
	return (x->hole > y->hole) - (x->hole < y->hole);
}

static int find_all_gaps(struct fill *f)
{
	int r = 0;

	for (size_t i = 0; i < f->s->nr_holes && !r; i++) {
		f->nr_root_holes += f->s->holes[i].device != SALVAGE_NONE;
		r = find_gaps(f, (uint32_t)i);
	}
	if (f->nr_gaps)
		qsort(f->gaps, f->nr_gaps, sizeof(*f->gaps), compare_gaps);
	for (size_t i = 1; i < f->nr_gaps; i++)
		if (f->gaps[i - 1].reach > f->gaps[i].reach)
			f->gaps[i].reach = f->gaps[i - 1].reach;
	return r;
}

/* The first gap that begins behind @key. */
static size_t gaps_behind(const struct fill *f, uint64_t key)
{
	return key == UINT64_MAX ? f->nr_gaps :
				   sorted_find(f->gaps, span.low, f->nr_gaps, key + 1);
}

/* Keys alone say nothing about whose a lost root's leaves were. */
static bool may_be_of(const struct fill *f, const struct hole *h, uint32_t leaf, bool *is_kin)
{
	uint32_t of = f->kin.of[leaf];

	*is_kin = of && of == kin_name(&f->kin, h);
	if (of)
		return *is_kin;
	return h->device == SALVAGE_NONE ||
	       (f->nr_root_holes == 1 && ledger_is_whole(&f->s->ledger.data));
}

static int add_find(struct fill *f, const struct find *find)
{
	int r = salvage_room(&f->finds, &f->room_finds, f->nr_finds, sizeof(*f->finds));

	if (!r)
		f->finds[f->nr_finds++] = *find;
	return r;
}

static int add_finds(struct fill *f, uint32_t gap, uint32_t leaf, const struct node *n)
{
	const struct gap *g = &f->gaps[gap];
	struct find find = { .gap = gap, .hole = g->hole, .leaf = leaf };
	int r = 0;

	if (!may_be_of(f, &f->s->holes[g->hole], leaf, &find.is_kin))
		return 0;
	for (uint32_t i = 0; i < n->nr_entries && !r && f->nr_finds < MOST_FINDS; i++) {
		find.key = node_key(n, i);
		find.value = node_value64(n, i);
		if (find.key >= g->span.low && find.key <= g->span.last)
			r = add_find(f, &find);
	}
	return r;
}

static int look_at_leaf(struct fill *f, uint32_t where)
{
	const struct scan_block *b = &f->s->scan.blocks[where];
	size_t gap = gaps_behind(f, b->last);
	struct node n = { .nr_entries = 0 };
	int r = 0;

	while (gap-- && f->gaps[gap].reach >= b->first && !r) {
		if (f->gaps[gap].span.last < b->first)
			continue;
		if (!n.nr_entries)
			r = salvage_read(f->s, where, sizeof(__le64), 0, &n);
		r = r ? r : add_finds(f, (uint32_t)gap, where, &n);
	}
	return r;
}

static int look_at_leaves(struct fill *f)
{
	int r = 0;

	for (uint64_t where = 1; where < f->s->scan.nr_blocks && !r && f->nr_gaps; where++) {
		const struct scan_block *b = scan_node(&f->s->scan, where, SCAN_MAPPINGS);

		if (b && b->nr && !b->height && !bits_has(&f->s->reached, where))
			r = look_at_leaf(f, (uint32_t)where);
	}
	return r;
}

static _Thread_local const struct scan_block *sorting;

/* By place; then the latest mapping, of the latest leaf. */
static int compare_finds(const void *a, const void *b)
{
	const struct find *x = a, *y = b;
	uint32_t tx = thin_mapping_time(x->value), ty = thin_mapping_time(y->value);

	if (x->gap != y->gap)
		return x->gap < y->gap ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (tx != ty)
		return tx > ty ? -1 : 1;
	if (sorting[x->leaf].time != sorting[y->leaf].time)
		return sorting[x->leaf].time > sorting[y->leaf].time ? -1 : 1;
	return (x->leaf < y->leaf) - (x->leaf > y->leaf);
}

/* Is the mapping one that something lost had, or can it at least be? */
static bool is_missing(struct thin_salvage *s, uint64_t value)
{
	struct ledger_side *data = &s->ledger.data;
	uint64_t block = thin_mapping_block(value);

	if (block >= data->refs.nr || block >= s->scan.nr_data_blocks)
		return false;
	if (ledger_knows(data, block))
		return ledger_missing(data, block) > 0;
	return !refs_get(&data->refs, block);
}

static void take(struct thin_salvage *s, struct find *find)
{
	uint64_t data = thin_mapping_block(find->value);

	find->taken = true;
	refs_add(&s->ledger.data.refs, data, -1);
	if (s->nr_mapped_to <= data)
		s->nr_mapped_to = data + 1;
	if (s->older_time < thin_mapping_time(find->value))
		s->older_time = thin_mapping_time(find->value);
}

/* Of all mappings of a place the first that can be right. */
static void take_finds(struct fill *f, bool is_kin)
{
	size_t end;

	for (size_t i = 0; i < f->nr_finds; i = end) {
		struct find *best = NULL;
		bool taken = false;

		for (end = i; end < f->nr_finds && f->finds[end].gap == f->finds[i].gap &&
		     f->finds[end].key == f->finds[i].key; end++) {
			struct find *find = &f->finds[end];

			taken = taken || find->taken;
			if (!best && find->is_kin == is_kin && is_missing(f->s, find->value))
				best = find;
		}
		if (best && !taken)
			take(f->s, best);
	}
}

static int compare_by_hole(const void *a, const void *b)
{
	const struct find *x = a, *y = b;

	if (x->hole != y->hole)
		return x->hole < y->hole ? -1 : 1;
	return (x->key > y->key) - (x->key < y->key);
}

/* Only what was taken stays, each hole's together. */
static void drop_rest(struct fill *f)
{
	size_t to = 0;

	for (size_t i = 0; i < f->nr_finds; i++)
		if (f->finds[i].taken)
			f->finds[to++] = f->finds[i];
	f->nr_finds = to;
	if (to)
		qsort(f->finds, to, sizeof(*f->finds), compare_by_hole);
}

static int mark_lost(struct thin_salvage *s, const struct hole *h, size_t nr)
{
	struct thin_finding f = {
		.code = THIN_FINDING_LOST, .where = h->where, .nr = nr, .begin = h->span.low,
		.end = h->span.last == UINT64_MAX ? UINT64_MAX : h->span.last + 1,
	};

	if (h->device != SALVAGE_NONE && !nr && !h->nr_pieces)
		f.code = THIN_FINDING_DEVICE_LOST;
	return salvage_mark(s, h->where, &f);
}

static int fill_hole(struct fill *f, uint32_t index, const struct find *finds, size_t nr)
{
	const struct hole *h = &f->s->holes[index];
	int r;

	if (!h->height && nr > REFILL_MOST)
		nr = REFILL_MOST;
	for (size_t i = 0; i < nr; i++)
		f->entries[i] = (struct refill_entry){ finds[i].key, finds[i].value };
	r = refill_hole(f->s, h, f->entries, nr);
	return r ? r : mark_lost(f->s, h, nr);
}

static int fill_all(struct fill *f)
{
	size_t begin = 0, end = 0;
	int r = 0;

	f->entries = alloc_array(f->nr_finds, sizeof(*f->entries));
	if (!f->entries)
		return -ENOMEM;
	for (size_t i = 0; i < f->s->nr_holes && !r; i++, begin = end) {
		while (end < f->nr_finds && f->finds[end].hole == i)
			end++;
		if (f->s->holes[i].height != SALVAGE_NONE)
			r = fill_hole(f, (uint32_t)i, end > begin ? &f->finds[begin] : NULL,
				      end - begin);
	}
	return r;
}

int older_fill(struct thin_salvage *s, const struct census *roots)
{
	struct fill f = { .s = s };
	int r;

	if (!s->nr_holes)
		return 0;
	r = kin_find(&f.kin, s, roots);
	r = r ? r : find_all_gaps(&f);
	r = r ? r : look_at_leaves(&f);
	sorting = s->scan.blocks;
	if (f.nr_finds)
		qsort(f.finds, f.nr_finds, sizeof(*f.finds), compare_finds);
	take_finds(&f, true);
	take_finds(&f, false);
	drop_rest(&f);
	r = r ? r : fill_all(&f);
	kin_exit(&f.kin);
	free(f.gaps);
	free(f.finds);
	free(f.entries);
	return r;
}
