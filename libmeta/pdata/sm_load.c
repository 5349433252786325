/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdata/sm_load.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pdata/lookup.h"

/*
 * What a byte of a bitmap says: the four counts as bytes for refs, which of
 * them are above 1, how many are not zero, how many are 3, and where the first
 * zero is.
 */
static struct {
	uint32_t refs;
	uint8_t several;
	uint8_t nr_used;
	uint8_t nr_threes;
	uint8_t first_free;		/* 4: none */
} meaning[256];

__attribute__((constructor)) static void make_meaning(void)
{
	for (unsigned byte = 0; byte < 256; byte++) {
		meaning[byte].first_free = 4;
		for (unsigned i = 4; i--;) {
			unsigned pair = byte >> 2 * i & 3;
			unsigned count = (pair & 1) << 1 | pair >> 1;

			meaning[byte].refs |= count << 8 * i;
			meaning[byte].several |= (uint8_t)((count > 1) << i);
			meaning[byte].nr_used = (uint8_t)(meaning[byte].nr_used + (count != 0));
			meaning[byte].nr_threes = (uint8_t)(meaning[byte].nr_threes + (count == 3));
			if (!count)
				meaning[byte].first_free = (uint8_t)i;
		}
	}
}

/* What one bitmap has in it. */
struct tally {
	uint32_t nr_used;
	uint32_t nr_threes;
	uint32_t first_free;
	uint32_t nr_behind;		/* entries set past the last block */
};

static void report(const struct sm *sm, struct fault *f, enum block_kind kind)
{
	f->kind = kind;
	fault_sink_add(sm->walk->sink, f);
}

static uint64_t bitmap_of(const struct sm *sm, uint64_t where)
{
	return sm->walk->spans[where].begin;
}

/* The counts of bitmaps @first to @end - 1 are not known. */
static void lose_bitmaps(struct sm *sm, uint64_t first, uint64_t end)
{
	uint64_t last = end - 1;
	struct fault f;

	for (uint64_t i = first; i < end; i++)
		sm->index[i].lost = true;
	fault(&f, sm->is_data ? FAULT_DATA_BITMAP_LOST : FAULT_META_BITMAP_LOST,
	      sm->index[first].where ? sm->index[first].where : sm->root.index_root, first, 0);
	f.begin = first * BITMAP_ENTRIES;
	f.end = last * BITMAP_ENTRIES + bitmap_used(sm->root.nr_blocks, last);
	report(sm, &f, KIND_BITMAP);
}

/* A bitmap has a whole number of the set's words, so threads do not meet. */
static void add_several(struct sm *sm, uint64_t block, uint64_t eight)
{
	if (sm->several && eight)
		sm->several->words[block / 64] |= eight << block % 64;
}

/* All whole groups of eight entries, then what is left. */
static void tally_bitmap(struct sm *sm, const struct bitmap_disk *b, uint64_t i, struct tally *t)
{
	uint32_t nr = bitmap_used(sm->root.nr_blocks, i);
	uint32_t at;

	*t = (struct tally){ .first_free = nr };
	for (at = 0; at + 8 <= nr; at += 8) {
		uint8_t low = b->entries[at / 4], high = b->entries[at / 4 + 1];

		refs_set_eight(sm->refs, i * BITMAP_ENTRIES + at,
			       meaning[low].refs | (uint64_t)meaning[high].refs << 32);
		add_several(sm, i * BITMAP_ENTRIES + at,
			    meaning[low].several | (uint64_t)meaning[high].several << 4);
		t->nr_used += meaning[low].nr_used;
		t->nr_used += meaning[high].nr_used;
		t->nr_threes += meaning[low].nr_threes;
		t->nr_threes += meaning[high].nr_threes;
		if (t->first_free < nr)
			continue;
		if (meaning[low].first_free < 4)
			t->first_free = at + meaning[low].first_free;
		else if (meaning[high].first_free < 4)
			t->first_free = at + 4 + meaning[high].first_free;
	}
	for (; at < nr; at++) {
		unsigned count = bitmap_get(b, at);

		refs_add(sm->refs, i * BITMAP_ENTRIES + at, count);
		add_several(sm, i * BITMAP_ENTRIES + at, count > 1);
		t->nr_used += count != 0;
		t->nr_threes += count == 3;
		if (!count && t->first_free == nr)
			t->first_free = at;
	}
	for (; at < BITMAP_ENTRIES; at++)
		t->nr_behind += bitmap_get(b, at) != 0;
}

/* What the index says against what is there. */
static void judge_entry(struct sm *sm, uint64_t i, const struct tally *t)
{
	const struct sm_entry *e = &sm->index[i];
	uint32_t nr = bitmap_used(sm->root.nr_blocks, i);
	enum block_kind kind = sm->is_data ? KIND_INDEX_TREE : KIND_INDEX;
	struct fault f;

	/* The kernel counts entries behind the last block as free. */
	if (e->nr_free != nr - t->nr_used && e->nr_free != BITMAP_ENTRIES - t->nr_used) {
		fault(&f, FAULT_INDEX_NR_FREE, e->from, e->nr_free, nr - t->nr_used);
		report(sm, &f, kind);
	}
	if (e->none_free_before > t->first_free && t->first_free < nr) {
		fault(&f, FAULT_INDEX_HINT, e->from, e->none_free_before, t->first_free);
		report(sm, &f, kind);
	}
}

static void judge_bitmap(struct sm *sm, const struct bitmap_disk *b, uint64_t where,
			 const struct tally *t)
{
	struct fault f;

	if (b->header.flags) {
		fault(&f, FAULT_BITMAP_PADDING, where, le32_to_cpu(b->header.flags), 0);
		report(sm, &f, KIND_BITMAP);
	}
	if (t->nr_behind) {
		fault(&f, FAULT_BITMAP_TAIL, where, t->nr_behind, 0);
		report(sm, &f, KIND_BITMAP);
	}
}

static int do_bitmap(void *arg, unsigned worker, uint64_t where, const void *block, int error)
{
	struct sm *sm = arg;
	uint64_t i = bitmap_of(sm, where);
	struct tally t;
	struct fault f;
	int r;

	(void)worker;
	r = block ? bitmap_check(block, where, &f) :
		    fault(&f, FAULT_BLOCK_IO, where, (uint64_t)-error, 0);
	if (r) {
		report(sm, &f, KIND_BITMAP);
		lose_bitmaps(sm, i, i + 1);
	} else {
		tally_bitmap(sm, block, i, &t);
		judge_bitmap(sm, block, where, &t);
		judge_entry(sm, i, &t);
	}
	pthread_mutex_lock(&sm->lock);
	if (r) {
		sm->whole = false;
	} else {
		sm->nr_allocated += t.nr_used;
		sm->nr_threes += t.nr_threes;
	}
	pthread_mutex_unlock(&sm->lock);
	return 0;
}

/* @e from the disk; @i is below nr_bitmaps. */
static void take_entry(struct sm *sm, uint64_t from, uint64_t i, const struct index_entry_disk *d)
{
	uint64_t where = le64_to_cpu(d->bitmap);

	if (!walk_claim(sm->walk, from, where, KIND_BITMAP)) {
		pthread_mutex_lock(&sm->lock);
		sm->whole = false;
		pthread_mutex_unlock(&sm->lock);
		return;
	}
	sm->walk->spans[where].begin = i;
	sm->index[i] = (struct sm_entry){
		.where = (uint32_t)where, .from = (uint32_t)from,
		.nr_free = le32_to_cpu(d->nr_free),
		.none_free_before = le32_to_cpu(d->none_free_before),
	};
}

static int index_leaf(void *arg, const struct node *n, uint64_t where,
		      const struct walk_span *span)
{
	struct sm *sm = arg;
	struct fault f;

	(void)span;
	for (uint32_t k = 0; k < n->nr_entries; k++) {
		uint64_t i = node_key(n, k);

		if (i < sm->nr_bitmaps) {
			take_entry(sm, where, i, node_value(n, k));
			continue;
		}
		fault(&f, FAULT_INDEX_KEY, where, i, sm->nr_bitmaps);
		report(sm, &f, KIND_INDEX_TREE);
	}
	return 0;
}

static int load_index_tree(struct sm *sm)
{
	const struct walk_tree tree = {
		.kind = KIND_INDEX_TREE, .value_size = sizeof(struct index_entry_disk),
		.leaf = index_leaf, .arg = sm,
	};
	struct walk_root root = { .where = sm->root.index_root };

	return walk_run(sm->walk, &tree, &root, 1);
}

static void judge_index_rest(struct sm *sm, const struct index_disk *d, uint64_t where)
{
	static const struct index_entry_disk unused;
	struct fault f;

	if (d->header.flags) {
		fault(&f, FAULT_INDEX_PADDING, where, le32_to_cpu(d->header.flags), 0);
		report(sm, &f, KIND_INDEX);
	}
	for (uint64_t i = sm->nr_bitmaps; i < INDEX_MAX_BITMAPS; i++) {
		if (!memcmp(&d->entries[i], &unused, sizeof(unused)))
			continue;
		fault(&f, FAULT_INDEX_TAIL, where, i, sm->nr_bitmaps);
		report(sm, &f, KIND_INDEX);
		return;
	}
}

static int load_index_block(struct sm *sm)
{
	uint64_t where = sm->root.index_root;
	const struct index_disk *d = sm->blocks;
	struct fault f;
	int r;

	if (!walk_claim(sm->walk, THIN_SB_WHERE, where, KIND_INDEX))
		return 0;
	r = engine_read(sm->walk->engine, sm->blocks, where, 1);
	r = r ? fault(&f, FAULT_BLOCK_IO, where, (uint64_t)-r, 0) :
		index_check(sm->blocks, where, &f);
	if (r) {
		report(sm, &f, KIND_INDEX);
		return 0;
	}
	judge_index_rest(sm, d, where);
	for (uint64_t i = 0; i < sm->nr_bitmaps; i++)
		take_entry(sm, where, i, &d->entries[i]);
	return 0;
}

/* Bitmaps that the index does not have, or has with a bad pointer. */
static void lose_unnamed(struct sm *sm, uint64_t nr_named)
{
	uint64_t first, end;
	struct fault f;

	sm->whole = false;
	fault(&f, FAULT_INDEX_NR, sm->root.index_root, nr_named, sm->nr_bitmaps);
	report(sm, &f, sm->is_data ? KIND_INDEX_TREE : KIND_INDEX);
	for (first = 0; first < sm->nr_bitmaps; first = end + 1) {
		end = first;
		while (end < sm->nr_bitmaps && !sm->index[end].where)
			end++;
		if (end > first)
			lose_bitmaps(sm, first, end);
	}
}

static int load_bitmaps(struct sm *sm)
{
	struct bits wanted;
	int r = bits_init(&wanted, sm->walk->nr_blocks);

	if (r)
		return r;
	for (uint64_t i = 0; i < sm->nr_bitmaps; i++)
		if (sm->index[i].where)
			bits_add(&wanted, sm->index[i].where);
	if (wanted.count < sm->nr_bitmaps)
		lose_unnamed(sm, wanted.count);
	r = stream_visit(&sm->walk->stream, &wanted, do_bitmap, sm);
	bits_exit(&wanted);
	return r;
}

/* Nothing was taken off yet, so this is what the bitmap says. */
static bool is_three(const struct sm *sm, uint64_t block)
{
	return refs_get(sm->refs, block) == BITMAP_OVERFLOW;
}

static void take_overflow(struct sm *sm, const struct node *n, uint32_t k, uint64_t where)
{
	uint64_t block = node_key(n, k);
	__le32 count_le;
	uint32_t count;
	struct fault f;

	memcpy(&count_le, node_value(n, k), sizeof(count_le));
	count = le32_to_cpu(count_le);
	if (block >= sm->root.nr_blocks)
		fault(&f, FAULT_OVERFLOW_RANGE, where, block, sm->root.nr_blocks);
	else if (sm_is_lost(sm, block / BITMAP_ENTRIES))
		return;
	else if (!is_three(sm, block))
		fault(&f, FAULT_OVERFLOW_STRAY, where, block,
		      (uint64_t)refs_get(sm->refs, block));
	else if (bits_add(&sm->overflowed, block) && count >= BITMAP_OVERFLOW) {
		refs_add(sm->refs, block, (int64_t)count - BITMAP_OVERFLOW);
		return;
	} else
		fault(&f, FAULT_OVERFLOW_SMALL, where, count, BITMAP_OVERFLOW);
	report(sm, &f, KIND_OVERFLOW);
}

static int overflow_leaf(void *arg, const struct node *n, uint64_t where,
			 const struct walk_span *span)
{
	struct sm *sm = arg;

	(void)span;
	pthread_mutex_lock(&sm->lock);
	for (uint32_t k = 0; k < n->nr_entries; k++)
		take_overflow(sm, n, k, where);
	pthread_mutex_unlock(&sm->lock);
	return 0;
}

/* Bitmap entries of 3 without an entry in the tree. */
static void find_missing(struct sm *sm, bool tree_is_whole)
{
	struct fault f;

	for (uint64_t block = 0; block < sm->root.nr_blocks; block++) {
		uint64_t i = block / BITMAP_ENTRIES;

		if (sm_is_lost(sm, i)) {
			block = (i + 1) * BITMAP_ENTRIES - 1;
			continue;
		}
		if (!is_three(sm, block) || bits_has(&sm->overflowed, block))
			continue;
		refs_set_unknown(sm->refs, block);
		if (!tree_is_whole)
			continue;
		fault(&f, FAULT_OVERFLOW_MISSING, sm->index[i].where, block, BITMAP_OVERFLOW);
		report(sm, &f, KIND_BITMAP);
	}
}

static int load_overflow(struct sm *sm)
{
	const struct walk_tree tree = {
		.kind = KIND_OVERFLOW, .value_size = sizeof(__le32),
		.leaf = overflow_leaf, .arg = sm,
	};
	struct walk_root root = { .where = sm->root.overflow_root };
	uint64_t nr_damaged = sm->walk->nr_damages;
	bool whole;
	int r = bits_init(&sm->overflowed, sm->root.nr_blocks);

	r = r ? r : walk_run(sm->walk, &tree, &root, 1);
	whole = nr_damaged == sm->walk->nr_damages &&
		walk_kind(sm->walk, root.where) == KIND_OVERFLOW;
	if (!whole)
		sm->whole = false;
	if (!r && sm->overflowed.count < sm->nr_threes)
		find_missing(sm, whole);
	bits_exit(&sm->overflowed);
	return r;
}

static void judge_total(struct sm *sm)
{
	struct fault f;

	if (!sm->whole || sm->root.nr_allocated == sm->nr_allocated)
		return;
	fault(&f, sm->is_data ? FAULT_DATA_TOTAL : FAULT_META_TOTAL, THIN_SB_WHERE,
	      sm->root.nr_allocated, sm->nr_allocated);
	report(sm, &f, KIND_SB);
}

int sm_load(struct sm *sm, struct walk *walk, struct refs *refs, const struct sm_root *root,
	    struct bits *several)
{
	bool is_data = several;
	int r;

	*sm = (struct sm){
		.walk = walk, .refs = refs, .several = several, .root = *root, .is_data = is_data,
		.whole = true, .nr_bitmaps = bitmap_count(root->nr_blocks),
	};
	pthread_mutex_init(&sm->lock, NULL);
	sm->index = alloc_array(sm->nr_bitmaps, sizeof(*sm->index));
	sm->blocks = alloc_blocks(2);
	if (!sm->index || !sm->blocks)
		return -ENOMEM;
	r = is_data ? load_index_tree(sm) : load_index_block(sm);
	r = r ? r : load_bitmaps(sm);
	r = r ? r : load_overflow(sm);
	if (!r)
		judge_total(sm);
	return r;
}

void sm_exit(struct sm *sm)
{
	if (sm->walk)
		pthread_mutex_destroy(&sm->lock);
	free(sm->index);
	free(sm->blocks);
	*sm = (struct sm){ .walk = NULL };
}

/* Looks at the leaf that the last search ended in before searching again. */
static uint32_t overflow_count(struct sm *sm, uint64_t block)
{
	const struct lookup l = {
		.engine = sm->walk->engine, .root = sm->root.overflow_root,
		.value_size = sizeof(__le32), .block = (char *)sm->blocks + META_BLOCK_SIZE,
	};
	struct node *n = &sm->leaf;
	int found = n->nr_entries ? node_find(n, block) : -1;
	__le32 count_le;
	uint32_t count, i;
	struct fault f;

	if (found >= 0 && node_key(n, (uint32_t)found) == block) {
		i = (uint32_t)found;
	} else if (lookup_find(&l, block, n, &i, &f)) {
		n->nr_entries = 0;
		return BITMAP_OVERFLOW;
	}
	memcpy(&count_le, node_value(n, i), sizeof(count_le));
	count = le32_to_cpu(count_le);
	/* One that is too small was not taken when the map was loaded. */
	return count < BITMAP_OVERFLOW ? BITMAP_OVERFLOW : count;
}

uint32_t sm_stored(struct sm *sm, uint64_t block)
{
	struct bitmap_disk *bitmap = sm->blocks;
	uint64_t where = sm->index[block / BITMAP_ENTRIES].where;
	unsigned count;

	if (!where)
		return 0;
	if (sm->cached != where && engine_read(sm->walk->engine, bitmap, where, 1))
		return 0;
	sm->cached = where;
	count = bitmap_get(bitmap, (uint32_t)(block % BITMAP_ENTRIES));
	return count == BITMAP_OVERFLOW ? overflow_count(sm, block) : count;
}
