// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Discards: whole blocks inside the bio's range lose their mappings.
 *
 * With passdown, data blocks that nobody else uses are discarded below as well.
 * They must not be given out again before that is over, so they are counted
 * once more meanwhile.  And if a crash can bring back a mapping to one of them
 * that is not this discard's to drop - sharing was broken since the last
 * commit - then there is a commit first.
 *
 *	step():    find some runs, count them, unmap them, discard below
 *	uncount(): when that is over, count them back, and on with step()
 *
 * Context: the worker, so no lock; only passed() is called by who ends the bio below,
 * perhaps an interrupt.
 */
#include "pool.h"

/* Blocks that are unmapped at once: other bios are waiting. */
#define BLOCKS_PER_RUN 4096

static void end(struct ms_change *c, blk_status_t status)
{
	struct bio *discard = c->cell.holder;
	struct bio_list bios;
	struct bio *bio;

	bio_list_init(&bios);
	ms_change_end(c, &bios);
	while ((bio = bio_list_pop(&bios)))
		if (bio == discard)
			ms_end_bio(bio, status);
		else
			ms_defer(bio);
}

static void passed(struct bio *bio)
{
	struct ms_change *c = bio->bi_private;

	/* The blocks are unmapped all the same if this was an error. */
	bio_put(bio);
	ms_change_put(c);
}

static void pass_down(struct ms_change *c, u64 begin, u64 end)
{
	struct ms_pool *pool = c->thin->pool;
	struct bio *bio = NULL;

	if (begin == end ||
	    __blkdev_issue_discard(pool->data_bdev, begin * pool->block_sectors,
				   (end - begin) * pool->block_sectors, GFP_NOIO, &bio) ||
	    !bio)
		return;
	bio->bi_private = c;
	bio->bi_end_io = passed;
	atomic_inc(&c->waits);
	submit_bio(bio);
}

/* Discards what only we have counted. */
static int pass_down_unshared(struct ms_change *c, struct ms_run *run)
{
	struct ms_md *md = c->thin->pool->md;
	u64 end = run->data + run->len;
	u64 begin = run->data;
	u64 block;
	u32 count;
	int r;

	for (block = begin; block < end; block++) {
		r = ms_data_count(md, block, &count);
		if (r)
			return r;
		if (count > 1) {
			pass_down(c, begin, block);
			begin = block + 1;
		}
	}
	pass_down(c, begin, end);
	return 0;
}

static int find_runs(struct ms_change *c)
{
	struct ms_vol *vol = c->thin->vol;
	struct ms_run *run;
	int r = 0;

	for (c->nr_runs = 0; c->nr_runs < MS_DISCARD_RUNS; c->nr_runs++) {
		run = &c->runs[c->nr_runs];
		r = ms_vol_next_run(vol, c->at, c->end, BLOCKS_PER_RUN, run);
		if (r)
			break;
		c->at = run->thin + run->len;
	}
	return r == -ENODATA ? 0 : r;
}

static int unmap_runs(struct ms_change *c)
{
	bool passdown = c->thin->pool->features.passdown;
	int r = 0;

	if (passdown) {
		r = ms_change_count(c, ms_data_inc);
		ms_change_claim(c);
	}
	if (!r)
		r = ms_vol_unmap(c->thin->vol, c->runs[0].thin, c->at, U64_MAX);
	return r;
}

static void step(struct ms_change *c);

/* At the end of the queue, so others have their turn. */
static void step_later(struct ms_change *c)
{
	c->next = step;
	atomic_set(&c->waits, 1);
	ms_change_put(c);
}

static void uncount(struct ms_change *c)
{
	struct ms_pool *pool = c->thin->pool;
	int r;

	ms_change_unclaim(c);
	if (ms_mode(pool) <= MS_NO_DATA_SPACE) {
		r = ms_change_count(c, ms_data_dec);
		if (r)
			ms_metadata_failed(pool, "discard", r);
	}
	step_later(c);
}

static void pass_runs_down(struct ms_change *c)
{
	struct ms_pool *pool = c->thin->pool;
	unsigned int i;
	int r = 0;

	c->next = uncount;
	atomic_set(&c->waits, 1);
	if (pool->dropped_shared)
		r = ms_pool_commit(pool);
	for (i = 0; i < c->nr_runs && !r; i++)
		r = pass_down_unshared(c, &c->runs[i]);
	ms_change_run(c);
}

static void step(struct ms_change *c)
{
	struct ms_pool *pool = c->thin->pool;
	int r = ms_pool_keep_reserve(pool);

	if (ms_mode(pool) > MS_NO_DATA_SPACE) {
		end(c, ms_mode(pool) == MS_FAIL ? BLK_STS_IOERR : 0);
		return;
	}
	if (!r)
		r = find_runs(c);
	if (!r && !c->nr_runs) {
		end(c, 0);
		return;
	}
	if (!r)
		r = unmap_runs(c);
	if (r) {
		ms_change_unclaim(c);
		ms_metadata_failed(pool, "discard", r);
		end(c, BLK_STS_IOERR);
	} else if (pool->features.passdown) {
		pass_runs_down(c);
	} else {
		step_later(c);
	}
}

int ms_discard(struct ms_thin *thin, struct bio *bio)
{
	struct ms_pool *pool = thin->pool;
	sector_t last = bio->bi_iter.bi_sector + bio_sectors(bio);
	u64 begin = ms_sector_to_block(pool, bio->bi_iter.bi_sector + pool->block_sectors - 1);
	u64 end = ms_sector_to_block(pool, last);
	struct ms_change *c;

	if (begin >= end || ms_mode(pool) > MS_NO_DATA_SPACE) {
		bio_endio(bio);
		return 0;
	}
	c = ms_change_begin(thin, begin, end, bio);
	if (IS_ERR_OR_NULL(c))
		return PTR_ERR_OR_ZERO(c);
	c->next = step;
	ms_change_quiesce(c);
	ms_change_run(c);
	return 0;
}
