// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes that need a new data block: into a hole, or into a block that may be
 * shared.  The block is made ready first - zeroed, copied, or written by the
 * bio itself if that covers all of it - and then mapped, so whatever happens in
 * between, nobody sees what was in the block before.
 *
 * Context: the worker, so no lock; only copied() may be called by anyone.
 */
#include "pool.h"

static int check_low_water(struct ms_pool *pool)
{
	struct ms_space space;
	int r = ms_md_data_space(pool->md, &space);

	if (r || space.free > pool->low_water || pool->low_water_told)
		return r;
	DMWARN("%s: %llu free data blocks, low water mark reached",
	       dm_device_name(pool->dm), space.free);
	pool->low_water_told = true;
	dm_table_event(pool->ti->table);
	return 0;
}

static int claim_block(struct ms_change *c)
{
	int r = ms_data_alloc(c->thin->pool->md, &c->data);

	if (!r) {
		c->runs[0] = (struct ms_run) { .data = c->data, .len = 1 };
		c->nr_runs = 1;
		ms_change_claim(c);
	}
	return r;
}

/* On failure the mode has been changed. */
static int alloc_data(struct ms_change *c)
{
	struct ms_pool *pool = c->thin->pool;
	int r = check_low_water(pool);

	if (!r)
		r = claim_block(c);
	if (r == -ENOSPC) {	/* blocks that were freed can be had after a commit */
		r = ms_pool_commit(pool);
		if (!r)
			r = claim_block(c);
	}
	if (!r)
		r = ms_pool_keep_reserve(pool);
	/* A commit in between may have run out of metadata space, or failed. */
	if (ms_mode(pool) > MS_NO_DATA_SPACE)
		return -EROFS;
	if (!r)
		return 0;
	if (r == -ENOSPC)
		ms_mode_set(pool, MS_NO_DATA_SPACE);
	else
		ms_metadata_failed(pool, "allocation of a data block", r);
	return r;
}

/* The block is not there; all bios that wait for it are parked or fail. */
static void give_up(struct ms_change *c)
{
	struct bio_list bios;
	struct bio *bio;

	ms_change_unclaim(c);
	bio_list_init(&bios);
	ms_change_end(c, &bios);
	while ((bio = bio_list_pop(&bios)))
		ms_park(bio);
}

static void end_waiting(struct ms_change *c)
{
	struct ms_pool *pool = c->thin->pool;
	struct bio *bio, *filler = c->filler;
	blk_status_t status = c->status;
	u64 data = c->data;
	struct bio_list bios;

	bio_list_init(&bios);
	ms_change_end(c, &bios);
	while ((bio = bio_list_pop(&bios))) {
		if (status)
			ms_end_bio(bio, status);
		else if (bio == filler && op_is_flush(bio->bi_opf))
			bio_list_add(&pool->acks, bio);
		else if (bio == filler)
			bio_endio(bio);
		else if (ms_is_discard(bio))
			ms_defer(bio);
		else
			ms_submit(bio, data);
	}
}

/* The new block is ready and nobody uses the old one any more. */
static void finish(struct ms_change *c)
{
	struct ms_pool *pool = c->thin->pool;
	bool writable = ms_mode(pool) <= MS_NO_DATA_SPACE;
	int r = 0;

	ms_change_unclaim(c);
	if (!writable)
		c->status = BLK_STS_IOERR;
	else if (c->status)
		r = ms_change_count(c, ms_data_dec);
	else
		r = ms_vol_map(c->thin->vol, c->begin, c->data);
	if (r) {
		ms_metadata_failed(pool, "mapping of a new block", r);
		c->status = BLK_STS_IOERR;
	} else if (!c->status && c->breaks_sharing) {
		pool->dropped_shared = true;
	}
	end_waiting(c);
}

static void copied(int read_error, unsigned long write_error, void *context)
{
	struct ms_change *c = context;

	if (read_error || write_error)
		c->status = BLK_STS_IOERR;
	ms_change_put(c);
}

/* Sectors [begin, end) of the new block. */
static void zero(struct ms_change *c, u32 begin, u32 end)
{
	struct ms_pool *pool = c->thin->pool;
	struct dm_io_region to = {
		.bdev = pool->data_bdev,
		.sector = c->data * pool->block_sectors + begin,
		.count = end - begin,
	};

	atomic_inc(&c->waits);
	dm_kcopyd_zero(pool->copier, 1, &to, 0, copied, c);
}

/* @len sectors from @sector of @from to the beginning of the new block. */
static void copy(struct ms_change *c, struct block_device *from, sector_t sector, u32 len)
{
	struct ms_pool *pool = c->thin->pool;
	struct dm_io_region source = { .bdev = from, .sector = sector, .count = len };
	struct dm_io_region to = {
		.bdev = pool->data_bdev,
		.sector = c->data * pool->block_sectors,
		.count = len,
	};

	atomic_inc(&c->waits);
	dm_kcopyd_copy(pool->copier, &source, 1, &to, 0, copied, c);
}

static bool fills_block(struct ms_pool *pool, struct bio *bio)
{
	return bio_sectors(bio) == pool->block_sectors;
}

static void fill(struct ms_change *c, struct bio *bio)
{
	atomic_inc(&c->waits);
	c->filler = bio;
	ms_hook(bio)->change = c;
	ms_submit_filler(bio, c->data);
}

/* Sectors of the block that the external origin has. */
static u32 sectors_of_origin(struct ms_change *c)
{
	struct ms_thin *thin = c->thin;
	u32 block_sectors = thin->pool->block_sectors;
	sector_t begin = c->begin * block_sectors;

	if (!thin->origin_dev || begin >= thin->origin_sectors)
		return 0;
	return min_t(sector_t, block_sectors, thin->origin_sectors - begin);
}

void ms_provision(struct ms_change *c, struct bio *bio)
{
	struct ms_pool *pool = c->thin->pool;
	u32 from_origin = sectors_of_origin(c);

	if (alloc_data(c)) {
		give_up(c);
		return;
	}
	c->next = finish;
	if (fills_block(pool, bio) && (from_origin || pool->features.zero)) {
		fill(c, bio);
	} else {
		if (from_origin)
			copy(c, c->thin->origin_dev->bdev, c->begin * pool->block_sectors,
			     from_origin);
		if (pool->features.zero && from_origin < pool->block_sectors)
			zero(c, from_origin, pool->block_sectors);
	}
	ms_change_run(c);
}

void ms_break_sharing(struct ms_change *c, struct bio *bio, u64 old)
{
	struct ms_pool *pool = c->thin->pool;

	if (alloc_data(c)) {
		give_up(c);
		return;
	}
	c->next = finish;
	c->breaks_sharing = true;
	ms_change_quiesce(c);
	if (fills_block(pool, bio))
		fill(c, bio);
	else
		copy(c, pool->data_bdev, old * pool->block_sectors, pool->block_sectors);
	ms_change_run(c);
}
