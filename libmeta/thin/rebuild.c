/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/rebuild.h"

#include <errno.h>
#include <stdlib.h>

#include "base/le.h"
#include "pdata/sm_store.h"
#include "thin/change.h"
#include "thin/check.h"
#include "thin/old_maps.h"
#include "thin/sb.h"

struct rebuild {
	struct thin_check_mending *how;
	struct thin_check_opts opts;
	struct check *check;		/* of the trees alone */
	struct bits several;		/* data blocks that are mapped several times */
	struct bits busy;		/* blocks of the present state */
	uint64_t nr_metadata;		/* what the new map will be about */
};

static void drop_check(struct rebuild *r)
{
	if (!r->check)
		return;
	check_release(r->check);
	thin_check_free(&r->check->report);
	r->check = NULL;
}

/*
 * Looks at the trees again, with what is known by now.  -EUCLEAN, with the
 * report handed up, if they are not whole.
 */
static int look(struct rebuild *r, struct engine *e, const struct check_trees *trees)
{
	int result;

	drop_check(r);
	r->check = malloc(sizeof(*r->check));
	if (!r->check)
		return -ENOMEM;
	result = check_run_trees(r->check, e, &r->opts, trees);
	if (!result && !thin_check_is_good(&r->check->report, true)) {
		check_release(r->check);
		r->how->trees = &r->check->report;
		r->check = NULL;
		result = -EUCLEAN;
	}
	return result;
}

static int find_several(struct rebuild *r)
{
	struct refs *counts = &r->check->data_refs;
	int result = bits_init(&r->several, counts->nr);

	for (uint64_t b = refs_next(counts, 0); !result && b < counts->nr;
	     b = refs_next(counts, b + 1))
		if (refs_get(counts, b) < -1)
			bits_add(&r->several, b);
	return result;
}

/*
 * Counts what the trees point to.  Where the superblock has no possible number
 * of data blocks that are as many as mappings need; the kernel adds the rest
 * of the device.  Whether data blocks are mapped several times rightly can
 * only be seen when it is known which are.
 */
static int look_at_trees(struct rebuild *r, struct engine *e)
{
	struct check_trees trees = { .nr_data_blocks = 0 };
	int result = look(r, e, &trees);

	if (!result && r->check->data_unknown) {
		trees.nr_data_blocks = r->check->data_end ? r->check->data_end : 1;
		result = look(r, e, &trees);
		/* One that still is beyond what the device has room for. */
		if (!result && r->check->data_unknown)
			result = -ENOSPC;
	}
	result = result ? result : find_several(r);
	if (!result && r->several.count) {
		trees.several = &r->several;
		result = look(r, e, &trees);
	}
	return result;
}

/* Counts are negative so far. */
static void negate(struct refs *counts)
{
	for (uint64_t b = refs_next(counts, 0); b < counts->nr; b = refs_next(counts, b + 1))
		refs_add(counts, b, -2 * refs_get(counts, b));
}

/* The superblock's number of metadata blocks, if it can be right. */
static uint64_t choose_nr_metadata(const struct rebuild *r)
{
	const struct check *c = r->check;
	uint64_t nr = c->sb.metadata_sm.nr_blocks;

	if (nr > c->walk.nr_blocks)
		return c->walk.nr_blocks;
	for (uint64_t b = c->walk.nr_blocks; b-- > nr;)
		if (bits_has(&r->busy, b))
			return c->walk.nr_blocks;
	return nr;
}

static int prepare(struct rebuild *r, struct engine *e)
{
	struct check *c;
	int result = look_at_trees(r, e);

	if (result)
		return result;
	c = r->check;
	negate(&c->data_refs);
	negate(&c->metadata_refs);
	result = bits_init(&r->busy, c->walk.nr_blocks);
	for (uint64_t b = 0; b < c->walk.nr_blocks && !result; b++)
		if (walk_kind(&c->walk, b) != KIND_FREE)
			bits_add(&r->busy, b);
	if (result)
		return result;
	r->nr_metadata = choose_nr_metadata(r);
	result = old_maps_mark(&c->walk, &c->sb.data_sm, &c->sb.metadata_sm);
	for (uint64_t b = 0; b < c->walk.nr_blocks && !result; b++)
		if (walk_kind(&c->walk, b) != KIND_FREE)
			bits_add(&r->busy, b);
	return result ? result : refs_error(&c->data_refs);
}

static int copy_counts(struct refs *to, struct refs *from, uint64_t nr)
{
	int result = refs_init(to, nr);

	for (uint64_t b = refs_next(from, 0); b < nr && !result; b = refs_next(from, b + 1))
		refs_add(to, b, refs_get(from, b));
	return result ? result : refs_error(to);
}

static int write_maps(void *arg, struct engine *to, struct thin_sb_disk *sb)
{
	struct rebuild *r = arg;
	struct check *c = r->check;
	struct sm_root data, metadata;
	struct writer w = { .queue = NULL };
	struct refs counts;
	int result = copy_counts(&counts, &c->metadata_refs, r->nr_metadata);

	result = result ? result : writer_init(&w, to, &counts, 1, false);
	w.busy = &r->busy;
	w.end = r->nr_metadata;
	result = result ? result :
		 sm_store_data(&w, &c->data_refs, c->sb.data_sm.nr_blocks, &data);
	result = result ? result : sm_store_metadata(&w, r->nr_metadata, &metadata);
	result = result ? result : writer_finish(&w);
	if (!result) {
		thin_sb_pack_sm(&data, &sb->data_sm);
		thin_sb_pack_sm(&metadata, &sb->metadata_sm);
		sb->flags &= cpu_to_le32(~(uint32_t)THIN_SB_NEEDS_CHECK);
	}
	writer_exit(&w);
	refs_exit(&counts);
	return result;
}

static int avoid(void *arg, uint64_t where)
{
	struct rebuild *r = arg;

	bits_add(&r->busy, where);
	return 0;
}

/* What was written must read back as a pool without any fault. */
static int judge_maps(void *arg, struct engine *e)
{
	struct rebuild *r = arg;
	struct thin_check_report *rep;
	int result = thin_check(e, &r->opts, &rep);

	if (result)
		return result;
	if (!thin_check_is_good(rep, false)) {
		r->how->unsound = true;
		result = -EIO;
	}
	thin_check_free(rep);
	return result;
}

int rebuild_space_maps(struct engine *e, struct thin_check_mending *how)
{
	struct rebuild r = {
		.how = how,
		.opts = { .nr_threads = how->nr_threads, .progress = how->progress },
	};
	const struct change maps = {
		.write = write_maps, .avoid = avoid, .judge = judge_maps, .arg = &r,
	};
	int result = prepare(&r, e);

	result = result ? result : change_make(&maps, e, how);
	/* The device may have grown since the kernel saw it last. */
	if (result == -ENOSPC && r.check && r.nr_metadata < r.check->walk.nr_blocks) {
		r.nr_metadata = r.check->walk.nr_blocks;
		result = change_make(&maps, e, how);
	}
	if (!result) {
		how->nr_data_blocks = r.check->sb.data_sm.nr_blocks;
		how->nr_metadata_blocks = r.nr_metadata;
	}
	drop_check(&r);
	bits_exit(&r.several);
	bits_exit(&r.busy);
	return result;
}
