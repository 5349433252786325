/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/scan.h"

#include <string.h>

#include "base/alloc.h"
#include "io/stream.h"
#include "thin/mend.h"

/* So many strays are remembered; behind that a device is beyond such help. */
#define MOST_STRAYS (1u << 20)

static void note_highest(struct scan *s, uint64_t highest)
{
	uint64_t was = __atomic_load_n(&s->highest, __ATOMIC_RELAXED);

	while (was < highest)
		if (__atomic_compare_exchange_n(&s->highest, &was, highest, true,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			break;
}

static uint8_t judge_mappings(struct scan *s, const struct node *n, struct scan_block *b)
{
	uint64_t highest = 0;
	uint32_t strays = 0;

	for (uint32_t i = 0; i < n->nr_entries; i++) {
		uint64_t mapping = node_value64(n, i);
		uint64_t data = thin_mapping_block(mapping);

		if (data >= s->nr_data_blocks)
			strays++;
		else if (data > highest)
			highest = data;
		if (thin_mapping_time(mapping) > b->time)
			b->time = thin_mapping_time(mapping);
	}
	__atomic_fetch_add(&s->nr_mappings, n->nr_entries, __ATOMIC_RELAXED);
	if (strays)
		__atomic_fetch_add(&s->nr_behind, strays, __ATOMIC_RELAXED);
	/* Where nothing can be right it is no such leaf. */
	if (strays && strays == n->nr_entries)
		return 0;
	b->strays = strays != 0;
	note_highest(s, highest);
	return SCAN_MAPPINGS;
}

/* A block number looks like a mapping to data block 0, which is there once. */
static bool is_top(const struct scan *s, const struct node *n)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < n->nr_entries; i++) {
		if (node_key(n, i) > THIN_MAX_DEV_ID)
			return false;
		nr += node_value64(n, i) && node_value64(n, i) < s->nr_blocks;
	}
	return 2 * nr > n->nr_entries || !n->nr_entries;
}

static void judge_leaf(struct scan *s, const struct node *n, struct scan_block *b)
{
	if (n->value_size == sizeof(__le64)) {
		b->families = judge_mappings(s, n, b);
		if (is_top(s, n))
			b->families = n->nr_entries > 1 ? SCAN_TOP :
				(uint8_t)(b->families | SCAN_TOP);
		return;
	}
	for (uint32_t i = 0; i < n->nr_entries; i++) {
		const struct thin_details_disk *d = node_value(n, i);
		uint32_t time = le32_to_cpu(d->snapshotted_time);

		if (node_key(n, i) > THIN_MAX_DEV_ID)
			return;
		if (time > b->time)
			b->time = time;
	}
	b->families = SCAN_DETAILS;
}

/* Enters @block as read for @where.  False if it is no node of use. */
static bool enter(struct scan *s, const void *block, uint64_t where)
{
	const struct node_disk *d = block;
	bool is_details = d->header.value_size == cpu_to_le32(sizeof(struct thin_details_disk));
	struct scan_block b = { .time = 0 };
	struct fault f;
	struct node n;

	if (node_parse(&n, block, where, is_details ? sizeof(struct thin_details_disk) :
		       sizeof(__le64), &f))
		return false;
	b.nr = (uint16_t)n.nr_entries;
	b.inner = !n.leaf;
	if (n.nr_entries) {
		b.first = node_key(&n, 0);
		b.last = b.top = node_key(&n, n.nr_entries - 1);
	}
	if (n.leaf) {
		judge_leaf(s, &n, &b);
		b.nr_below = n.nr_entries;
		b.whole = !b.strays;
	}
	if (!b.inner && !b.families)
		return false;
	s->blocks[where] = b;
	return true;
}

static int add_stray(struct scan *s, const struct scan_stray *stray)
{
	int r;

	pthread_mutex_lock(&s->lock);
	r = alloc_room(&s->strays, &s->room_strays, s->nr_strays, 1, sizeof(*s->strays));
	if (!r && s->nr_strays < MOST_STRAYS)
		s->strays[s->nr_strays++] = *stray;
	pthread_mutex_unlock(&s->lock);
	return r;
}

/* Most of what is no sound block was never written; look only if it is likely. */
static bool is_nearly(const void *block, uint64_t where)
{
	const struct block_header_disk *d = block;
	uint64_t wrong = le64_to_cpu(d->where) ^ where;

	return where != THIN_SB_WHERE && !(wrong & (wrong - 1));
}

static int look_closer(struct scan *s, const void *block, uint64_t where)
{
	static const struct { uint32_t salt; enum block_kind kind; } kinds[] = {
		{ NODE_SALT, KIND_NODE }, { BITMAP_SALT, KIND_BITMAP },
		{ INDEX_SALT, KIND_INDEX }, { THIN_SB_SALT, KIND_SB },
	};
	struct scan_stray stray = { .home = where, .place = where };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds) && is_nearly(block, where); i++) {
		stray.kind = kinds[i].kind;
		if (mend_find(block, kinds[i].salt, &stray.bit))
			return add_stray(s, &stray);
	}
	return 0;
}

/* Is it a leaf of the tree that the data space map's index is? */
static bool is_index_leaf(const void *block, uint64_t where)
{
	struct fault f;
	struct node n;

	return !node_parse(&n, block, where, sizeof(struct index_entry_disk), &f) && n.leaf;
}

/* Of these it is enough to know where they are. */
static void note(struct scan *s, enum block_kind kind, const void *block, uint64_t where)
{
	struct bits *to = kind == KIND_SB ? &s->held : kind == KIND_BITMAP ? &s->bitmaps :
			  kind == KIND_INDEX ? &s->indexes : &s->index_leaves;

	if (where == THIN_SB_WHERE || (kind == KIND_NODE && !is_index_leaf(block, where)))
		return;
	pthread_mutex_lock(&s->lock);
	bits_add(to, where);
	pthread_mutex_unlock(&s->lock);
}

static int look(void *arg, unsigned worker, uint64_t where, const void *block, int error)
{
	const struct block_header_disk *d = block;
	struct scan *s = arg;
	struct scan_stray stray = { .place = where, .bit = OVERLAY_NO_BIT };
	enum block_kind kind;

	(void)worker;
	(void)error;
	if (!block) {
		__atomic_fetch_add(&s->nr_unreadable, 1, __ATOMIC_RELAXED);
		return 0;
	}
	kind = block_kind_of(block);
	if (kind == KIND_FREE)
		return look_closer(s, block, where);
	if (kind != KIND_NODE && kind != KIND_SB && kind != KIND_BITMAP && kind != KIND_INDEX)
		return 0;
	stray.home = le64_to_cpu(d->where);
	stray.kind = kind;
	if (stray.home != where)
		return stray.home < s->nr_blocks ? add_stray(s, &stray) : 0;
	if (kind != KIND_NODE || !enter(s, block, where))
		note(s, kind, block, where);
	return 0;
}

static int compare_strays(const void *a, const void *b)
{
	const struct scan_stray *x = a, *y = b;

	if (x->home != y->home)
		return x->home < y->home ? -1 : 1;
	/* Its own place first. */
	if ((x->place == x->home) != (y->place == y->home))
		return x->place == x->home ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* Is there something at @where that was written there? */
static bool is_sound(struct scan *s, uint64_t where, void *block)
{
	const struct block_header_disk *d = block;
	enum block_kind kind;

	if (engine_read(&s->overlay->engine, block, where, 1))
		return false;
	kind = block_kind_of(block);
	return kind != KIND_FREE && kind != KIND_ZERO && le64_to_cpu(d->where) == where &&
	       (kind == KIND_SB || where != THIN_SB_WHERE);
}

/* Lets a stray stand where it belongs, if what is there is worse or older. */
static int bring_home(struct scan *s, const struct scan_stray *stray, void *block, bool *used)
{
	struct scan_block was = s->blocks[stray->home];
	uint64_t home = stray->home;
	struct scan_block trial;
	struct fault f;
	char *bytes = block;

	*used = false;
	if (engine_read(s->overlay->below, block, stray->place, 1))
		return 0;
	if (stray->bit != OVERLAY_NO_BIT)
		bytes[stray->bit / 8] ^= (char)(1u << stray->bit % 8);
	if (stray->kind != KIND_NODE || !home) {
		*used = home ? block_kind_of(block) == stray->kind && !was.families && !was.inner :
			       !block_check(block, home, THIN_SB_SALT, &f);
		if (*used)
			note(s, stray->kind, block, home);
	} else {
		*used = enter(s, block, home);
		trial = s->blocks[home];
		if (*used && (was.families || was.inner) && was.time >= trial.time) {
			s->blocks[home] = was;
			*used = false;
		}
	}
	return *used ? overlay_redirect(s->overlay, home, stray->place, stray->bit) : 0;
}

static int bring_all_home(struct scan *s)
{
	void *block = alloc_blocks(1);
	int r = block ? 0 : -ENOMEM;
	size_t kept = 0;

	if (s->nr_strays)
		qsort(s->strays, s->nr_strays, sizeof(*s->strays), compare_strays);
	for (size_t i = 0; i < s->nr_strays && !r; i++) {
		struct scan_stray stray = s->strays[i];
		bool again = kept && s->strays[kept - 1].home == stray.home;
		bool used;

		if (!again && is_sound(s, stray.home, block))
			continue;
		r = bring_home(s, &stray, block, &used);
		if (!used)
			continue;
		s->strays[again ? kept - 1 : kept] = stray;
		kept += !again;
	}
	s->nr_strays = kept;
	free(block);
	return r;
}

static void fill(struct bits *b)
{
	for (uint64_t i = 0; i < b->nr / 64; i++)
		b->words[i] = ~0ull;
	if (b->nr % 64)
		b->words[b->nr / 64] = (1ull << b->nr % 64) - 1;
	b->count = b->nr;
}

int scan_run(struct scan *s, struct overlay *o)
{
	struct stream stream = {
		.engine = o->below, .nr_threads = s->nr_threads, .progress = s->progress,
	};
	struct bits all = { .nr = 0 };
	int r;

	s->overlay = o;
	s->nr_blocks = engine_nr_blocks(o->below);
	if (s->nr_blocks > META_MAX_BLOCKS)
		s->nr_blocks = META_MAX_BLOCKS;
	pthread_mutex_init(&s->lock, NULL);
	s->blocks = alloc_array(s->nr_blocks, sizeof(*s->blocks));
	r = s->blocks ? bits_init(&all, s->nr_blocks) : -ENOMEM;
	r = r ? r : bits_init(&s->held, s->nr_blocks);
	r = r ? r : bits_init(&s->bitmaps, s->nr_blocks);
	r = r ? r : bits_init(&s->indexes, s->nr_blocks);
	r = r ? r : bits_init(&s->index_leaves, s->nr_blocks);
	r = r ? r : bits_init(&s->pending, s->nr_blocks);
	if (!r) {
		fill(&all);
		r = stream_visit(&stream, &all, look, s);
	}
	bits_exit(&all);
	r = r ? r : bring_all_home(s);
	return r ? r : scan_levels(s);
}

void scan_exit(struct scan *s)
{
	if (s->overlay)
		pthread_mutex_destroy(&s->lock);
	bits_exit(&s->held);
	bits_exit(&s->bitmaps);
	bits_exit(&s->indexes);
	bits_exit(&s->index_leaves);
	bits_exit(&s->pending);
	free(s->blocks);
	free(s->strays);
}

/* qsort() has no argument for it. */
static _Thread_local const struct scan_block *sorting;

static int compare_first(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (sorting[x].first != sorting[y].first)
		return sorting[x].first < sorting[y].first ? -1 : 1;
	return (x > y) - (x < y);
}

void scan_sort(const struct scan *s, uint32_t *nodes, size_t nr)
{
	sorting = s->blocks;
	if (nr)
		qsort(nodes, nr, sizeof(*nodes), compare_first);
}

size_t scan_find(const struct scan *s, const uint32_t *nodes, size_t nr, uint64_t key)
{
	size_t low = 0, high = nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->blocks[nodes[mid]].first < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
