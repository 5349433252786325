/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives leaked blocks back.
 *
 * Counts that are right stay where they are: of the data map only the bitmaps
 * that change are written anew, with the index above them, and the overflow
 * tree only if it changes.  The metadata map, which counts all that, is small
 * and always new.  New blocks go where nothing that is in use is, so that the
 * write of the superblock decides between the old state and the new one.
 */
#include "thin/leaks.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pdata/build.h"
#include "pdata/sm_store.h"
#include "thin/change.h"
#include "thin/check.h"
#include "thin/flag.h"
#include "thin/sb.h"

struct repair {
	struct check check;
	struct refs counts;		/* of metadata blocks, as they will be */
	struct bits busy;		/* blocks of the present state */
	struct bits bad;		/* blocks that cannot be read */
	struct writer writer;
	struct sm_root data_root;
	struct sm_root metadata_root;
};

static int64_t true_count(struct sm *sm, uint64_t block)
{
	return (int64_t)sm_stored(sm, block) - refs_get(sm->refs, block);
}

/* The metadata counts without the old metadata map. */
static int count_metadata(struct repair *r)
{
	struct check *c = &r->check;
	uint64_t nr = c->walk.nr_blocks;
	int result = refs_init(&r->counts, nr);

	result = result ? result : bits_init(&r->busy, nr);
	for (uint64_t where = 0; where < nr && !result; where++) {
		refs_add(&r->counts, where, true_count(&c->metadata_sm, where));
		if (bits_has(&c->metadata_sm_blocks, where))
			refs_add(&r->counts, where, -1);
		if (walk_kind(&c->walk, where) != KIND_FREE || bits_has(&r->bad, where))
			bits_add(&r->busy, where);
	}
	return result;
}

/* Old nodes of the data map's trees are given up when new ones are written. */
static void drop_tree(struct repair *r, enum block_kind kind)
{
	struct check *c = &r->check;

	for (uint64_t where = 0; where < c->walk.nr_blocks; where++)
		if (walk_kind(&c->walk, where) == kind &&
		    !bits_has(&c->metadata_sm_blocks, where))
			refs_add(&r->counts, where, -1);
}

/*
 * Fills @b with the true counts of bitmap @i; says what the index is to say.
 * Entries behind the last block are free, for when the device grows.
 */
static void fill_bitmap(struct sm *sm, uint64_t i, struct bitmap_disk *b,
			struct index_entry_disk *entry)
{
	uint32_t nr = bitmap_used(sm->root.nr_blocks, i);
	uint32_t nr_free = BITMAP_ENTRIES - nr, first_free = nr;

	memset(b, 0, sizeof(*b));
	for (uint32_t k = nr; k--;) {
		int64_t count = true_count(sm, i * BITMAP_ENTRIES + k);

		bitmap_set(b, k, count < BITMAP_OVERFLOW ? (unsigned)count : BITMAP_OVERFLOW);
		if (count)
			continue;
		nr_free++;
		first_free = k;
	}
	entry->nr_free = cpu_to_le32(nr_free);
	entry->none_free_before = cpu_to_le32(first_free);
}

/* The index entry of bitmap @i, after writing it anew if its counts change. */
static int store_bitmap(struct repair *r, uint64_t i, struct bitmap_disk *scratch,
			struct index_entry_disk *entry)
{
	struct sm *sm = &r->check.data_sm;
	uint64_t begin = i * BITMAP_ENTRIES;
	uint64_t end = begin + bitmap_used(sm->root.nr_blocks, i);
	uint64_t where;
	void *block;
	int result;

	fill_bitmap(sm, i, scratch, entry);
	entry->bitmap = cpu_to_le64(sm->index[i].where);
	if (refs_next(sm->refs, begin) >= end)
		return 0;
	result = writer_get(&r->writer, BITMAP_SALT, &block, &where);
	if (result)
		return result;
	memcpy(block, scratch, sizeof(*scratch));
	refs_add(&r->counts, sm->index[i].where, -1);
	writer_ref(&r->writer, where);
	entry->bitmap = cpu_to_le64(where);
	return 0;
}

static int store_index(struct repair *r)
{
	struct sm *sm = &r->check.data_sm;
	struct bitmap_disk *scratch = alloc_blocks(1);
	struct index_entry_disk entry;
	struct build b;
	int result = build_init(&b, &r->writer, sizeof(entry));

	if (!scratch)
		result = -ENOMEM;
	for (uint64_t i = 0; i < sm->nr_bitmaps && !result; i++) {
		result = store_bitmap(r, i, scratch, &entry);
		result = result ? result : build_add(&b, i, &entry);
	}
	if (!result)
		result = build_finish(&b, &r->data_root.index_root);
	if (!result)
		writer_ref(&r->writer, r->data_root.index_root);
	build_exit(&b);
	free(scratch);
	return result;
}

static int store_overflow(struct repair *r)
{
	struct sm *sm = &r->check.data_sm;
	struct build b;
	int result = build_init(&b, &r->writer, sizeof(__le32));

	for (uint64_t block = 0; block < sm->root.nr_blocks && !result; block++) {
		int64_t count = true_count(sm, block);
		__le32 count_le = cpu_to_le32((uint32_t)count);

		if (count >= BITMAP_OVERFLOW)
			result = build_add(&b, block, &count_le);
	}
	if (!result)
		result = build_finish(&b, &r->data_root.overflow_root);
	if (!result)
		writer_ref(&r->writer, r->data_root.overflow_root);
	build_exit(&b);
	return result;
}

/* Whether the overflow tree has a count that changes. */
static bool overflow_changes(struct sm *sm)
{
	uint64_t block = 0;

	while ((block = refs_next(sm->refs, block)) < sm->root.nr_blocks)
		if (sm_stored(sm, block++) >= BITMAP_OVERFLOW)
			return true;
	return false;
}

static uint64_t count_allocated(struct sm *sm)
{
	uint64_t nr = sm->nr_allocated, block = 0;

	/* What is leaked and not in use at all will be free. */
	while ((block = refs_next(sm->refs, block)) < sm->root.nr_blocks) {
		nr -= !true_count(sm, block);
		block++;
	}
	return nr;
}

static bool index_changes(const struct check *c)
{
	const uint64_t *nr = c->sink.nr_by_code;

	return nr[FAULT_DATA_LEAK] || nr[FAULT_INDEX_NR_FREE];
}

static int store_data(struct repair *r)
{
	struct sm *sm = &r->check.data_sm;
	int result = 0;

	r->data_root = sm->root;
	r->data_root.nr_allocated = count_allocated(sm);
	if (overflow_changes(sm)) {
		drop_tree(r, KIND_OVERFLOW);
		result = store_overflow(r);
	}
	if (result || !index_changes(&r->check))
		return result;
	drop_tree(r, KIND_INDEX_TREE);
	return store_index(r);
}

/* Called twice; counts begin anew each time. */
static int write_leaks(void *arg, struct engine *to, struct thin_sb_disk *sb)
{
	struct repair *r = arg;
	struct check *c = &r->check;
	int result = count_metadata(r);

	result = result ? result : writer_init(&r->writer, to, &r->counts, 1, false);
	if (result)
		goto out;
	r->writer.busy = &r->busy;
	if (r->writer.end > c->walk.nr_blocks)
		r->writer.end = c->walk.nr_blocks;
	result = store_data(r);
	result = result ? result :
		 sm_store_metadata(&r->writer, c->walk.nr_blocks, &r->metadata_root);
	result = result ? result : writer_finish(&r->writer);
	writer_exit(&r->writer);
	sb->flags &= cpu_to_le32(~(uint32_t)THIN_SB_NEEDS_CHECK);
	thin_sb_pack_sm(&r->data_root, &sb->data_sm);
	thin_sb_pack_sm(&r->metadata_root, &sb->metadata_sm);
out:
	refs_exit(&r->counts);
	bits_exit(&r->busy);
	return result;
}

static int avoid(void *arg, uint64_t where)
{
	struct repair *r = arg;

	bits_add(&r->bad, where);
	return 0;
}

int leaks_repair(struct engine *e, struct thin_check_mending *how)
{
	const struct thin_check_opts opts = {
		.nr_threads = how->nr_threads, .progress = how->progress,
	};
	struct repair *r = calloc(1, sizeof(*r));
	const struct change leaks = { .write = write_leaks, .avoid = avoid, .arg = r };
	int result;

	if (!r)
		return -ENOMEM;
	result = check_run(&r->check, e, &opts);
	if (!result && !thin_check_is_good(&r->check.report, true))
		result = -EUCLEAN;
	result = result ? result : bits_init(&r->bad, r->check.walk.nr_blocks);
	if (!result)
		result = r->check.report.nr_by_class[FAULT_LEAK] ? change_make(&leaks, e, how) :
			flag_clear(e, how);
	check_release(&r->check);
	check_findings_exit(&r->check);
	bits_exit(&r->bad);
	free(r);
	return result;
}
