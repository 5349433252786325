// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bios on their way: the short one, and in and out of the lists in which they wait.
 *
 * The short way asks no lock but the metadata's, for reading.  It is safe
 * because of one rule for whoever changes what a block is mapped to: mark the
 * block busy, wait for bios in flight, change, unmark.  A bio on the short way
 * enters the volume's traffic first, and only then looks at the marks and at the
 * mapping.  Traffic has a lock; so either the waiting sees the bio, or the bio sees
 * the mark.
 *
 * Context: ms_map() is in the submitter's, and may sleep.  ms_end_io() may be in
 * an interrupt.
 */
#include "pool.h"

static void remap(struct bio *bio, u64 data)
{
	struct ms_pool *pool = ms_hook(bio)->thin->pool;
	sector_t sector = bio->bi_iter.bi_sector;

	bio_set_dev(bio, pool->data_bdev);
	if (likely(pool->block_shift >= 0))
		bio->bi_iter.bi_sector = (data << pool->block_shift) |
					 (sector & (pool->block_sectors - 1));
	else
		bio->bi_iter.bi_sector = data * pool->block_sectors +
					 sector_div(sector, pool->block_sectors);
}

static void enter(struct ms_hook *hook)
{
	hook->group = ms_traffic_enter(hook->thin->traffic);
	hook->entered = true;
}

static void leave(struct ms_hook *hook)
{
	struct ms_change *c, *next;
	LIST_HEAD(quiesced);

	hook->entered = false;
	ms_traffic_leave(hook->thin->traffic, hook->group, &quiesced);
	list_for_each_entry_safe(c, next, &quiesced, quiesced) {
		list_del(&c->quiesced);
		ms_change_put(c);
	}
}

void ms_end_bio(struct bio *bio, blk_status_t status)
{
	bio->bi_status = status;
	bio_endio(bio);
}

/* What ms_map() returns for a read of a hole. */
static int map_hole(struct bio *bio)
{
	struct ms_thin *thin = ms_hook(bio)->thin;
	sector_t sector = bio->bi_iter.bi_sector;

	if (!thin->origin_dev || sector >= thin->origin_sectors) {
		zero_fill_bio(bio);
		bio_endio(bio);
		return DM_MAPIO_SUBMITTED;
	}
	if (bio_end_sector(bio) > thin->origin_sectors) {
		zero_fill_bio(bio);
		bio->bi_iter.bi_size = (thin->origin_sectors - sector) << SECTOR_SHIFT;
	}
	bio_set_dev(bio, thin->origin_dev->bdev);
	return DM_MAPIO_REMAPPED;
}

void ms_read_hole(struct bio *bio)
{
	if (map_hole(bio) == DM_MAPIO_REMAPPED)
		dm_submit_bio_remap(bio, NULL);
}

/* Must a flush, or a write that implies one, take the long way? */
static bool flush_needs_commit(struct ms_thin *thin)
{
	return ms_vol_is_dirty(thin->vol) || ms_vol_lost_changes(thin->vol);
}

static int map_mapped(struct ms_thin *thin, struct bio *bio)
{
	struct ms_hook *hook = ms_hook(bio);
	u64 block = ms_sector_to_block(thin->pool, bio->bi_iter.bi_sector);
	bool write = op_is_write(bio_op(bio));
	struct ms_mapping m;
	int r = -EWOULDBLOCK;

	enter(hook);
	if (likely(!ms_is_busy(thin->traffic, block)))
		r = ms_vol_lookup(thin->vol, block, false, &m);
	if (likely(!r) && !(write && m.shared)) {
		remap(bio, m.data);
		return DM_MAPIO_REMAPPED;
	}
	leave(hook);
	if (r == -ENODATA && !write)
		return map_hole(bio);
	if (r && r != -ENODATA && r != -EWOULDBLOCK)
		return DM_MAPIO_KILL;
	ms_defer(bio);
	return DM_MAPIO_SUBMITTED;
}

int ms_map(struct dm_target *ti, struct bio *bio)
{
	struct ms_thin *thin = ti->private;
	struct ms_hook *hook = ms_hook(bio);

	hook->thin = thin;
	hook->entered = false;
	hook->change = NULL;
	bio->bi_iter.bi_sector = dm_target_offset(ti, bio->bi_iter.bi_sector);

	if (unlikely(READ_ONCE(thin->requeue)))
		return DM_MAPIO_REQUEUE;
	if (unlikely(ms_mode(thin->pool) == MS_FAIL))
		return DM_MAPIO_KILL;
	if (unlikely(ms_is_discard(bio)) ||
	    (unlikely(op_is_flush(bio->bi_opf)) && flush_needs_commit(thin))) {
		ms_defer(bio);
		return DM_MAPIO_SUBMITTED;
	}
	if (unlikely(!bio_sectors(bio))) {
		bio_set_dev(bio, thin->pool->data_bdev);
		return DM_MAPIO_REMAPPED;
	}
	return map_mapped(thin, bio);
}

int ms_end_io(struct dm_target *ti, struct bio *bio, blk_status_t *error)
{
	struct ms_hook *hook = ms_hook(bio);
	struct ms_change *c = hook->change;

	if (hook->entered)
		leave(hook);
	if (likely(!c))
		return DM_ENDIO_DONE;

	/* The bio ends for good when its block is mapped. */
	hook->change = NULL;
	if (*error)
		c->status = *error;
	ms_change_put(c);
	return DM_ENDIO_INCOMPLETE;
}

static void move_bios(struct bio_list *to, struct bio_list *from)
{
	bio_list_merge(to, from);
	bio_list_init(from);
}

void ms_defer(struct bio *bio)
{
	struct ms_thin *thin = ms_hook(bio)->thin;
	unsigned long flags;

	spin_lock_irqsave(&thin->lock, flags);
	bio_list_add(&thin->waiting, bio);
	spin_unlock_irqrestore(&thin->lock, flags);
	ms_pool_add_runnable(thin->pool, thin);
	ms_pool_wake(thin->pool);
}

/* Now, or after a commit; not if what a flush is for was lost. */
static void submit(struct bio *bio)
{
	struct ms_thin *thin = ms_hook(bio)->thin;

	if (!op_is_flush(bio->bi_opf) || !flush_needs_commit(thin))
		dm_submit_bio_remap(bio, NULL);
	else if (ms_vol_lost_changes(thin->vol))
		ms_end_bio(bio, BLK_STS_IOERR);
	else
		bio_list_add(&thin->pool->flushes, bio);
}

void ms_submit(struct bio *bio, u64 data)
{
	remap(bio, data);
	enter(ms_hook(bio));
	submit(bio);
}

void ms_submit_filler(struct bio *bio, u64 data)
{
	remap(bio, data);
	dm_submit_bio_remap(bio, NULL);
}

void ms_park(struct bio *bio)
{
	struct ms_thin *thin = ms_hook(bio)->thin;
	blk_status_t status = ms_mode_refusal(thin->pool);

	if (status) {
		ms_end_bio(bio, status);
		return;
	}
	spin_lock_irq(&thin->lock);
	bio_list_add(&thin->parked, bio);
	spin_unlock_irq(&thin->lock);
}

void ms_unpark_all(struct ms_pool *pool)
{
	struct ms_thin *thin;

	spin_lock_irq(&pool->lock);
	list_for_each_entry(thin, &pool->thins, list) {
		spin_lock(&thin->lock);
		move_bios(&thin->waiting, &thin->parked);
		spin_unlock(&thin->lock);
		if (list_empty(&thin->runnable))
			list_add_tail(&thin->runnable, &pool->runnable);
	}
	spin_unlock_irq(&pool->lock);
	ms_pool_wake(pool);
}

static void fail_list(struct bio_list *bios, blk_status_t status)
{
	struct bio *bio;

	while ((bio = bio_list_pop(bios)))
		ms_end_bio(bio, status);
}

void ms_fail_parked(struct ms_pool *pool, blk_status_t status)
{
	struct bio_list bios;
	struct ms_thin *thin;

	bio_list_init(&bios);
	spin_lock_irq(&pool->lock);
	list_for_each_entry(thin, &pool->thins, list) {
		spin_lock(&thin->lock);
		move_bios(&bios, &thin->parked);
		spin_unlock(&thin->lock);
	}
	spin_unlock_irq(&pool->lock);
	fail_list(&bios, status);
}

void ms_requeue(struct ms_thin *thin)
{
	struct bio_list bios;

	bio_list_init(&bios);
	spin_lock_irq(&thin->lock);
	move_bios(&bios, &thin->waiting);
	move_bios(&bios, &thin->parked);
	spin_unlock_irq(&thin->lock);
	fail_list(&bios, BLK_STS_DM_REQUEUE);
}

/* What the worker does with a bio whose block nobody else changes. */
static void handle_locked(struct ms_change *c, struct bio *bio)
{
	struct ms_thin *thin = c->thin;
	bool write = op_is_write(bio_op(bio));
	struct bio_list bios;
	struct ms_mapping m;
	int r = ms_vol_lookup(thin->vol, c->begin, true, &m);
	bool hole = r == -ENODATA;

	if (write && (hole || (!r && m.shared)) && ms_mode(thin->pool) == MS_WRITE) {
		if (hole)
			ms_provision(c, bio);
		else
			ms_break_sharing(c, bio, m.data);
		return;
	}
	bio_list_init(&bios);
	ms_change_end(c, &bios);	/* nobody but @bio */
	if (hole && !write)
		ms_read_hole(bio);
	else if (hole || (!r && write && m.shared))
		ms_park(bio);
	else if (r)
		ms_end_bio(bio, BLK_STS_IOERR);
	else
		ms_submit(bio, m.data);
}

static int handle(struct ms_thin *thin, struct bio *bio)
{
	struct ms_change *c;
	u64 block;

	if (thin->requeue) {
		ms_end_bio(bio, BLK_STS_DM_REQUEUE);
		return 0;
	}
	if (ms_mode(thin->pool) == MS_FAIL) {
		ms_end_bio(bio, BLK_STS_IOERR);
		return 0;
	}
	if (ms_is_discard(bio))
		return ms_discard(thin, bio);
	if (!bio_sectors(bio)) {
		bio_set_dev(bio, thin->pool->data_bdev);
		submit(bio);
		return 0;
	}
	block = ms_sector_to_block(thin->pool, bio->bi_iter.bi_sector);
	c = ms_change_begin(thin, block, block + 1, bio);
	if (IS_ERR(c))
		return PTR_ERR(c);
	if (c)
		handle_locked(c, bio);
	return 0;
}

/* When the last bio is on its way the thin device may be gone. */
void ms_run_waiting(struct ms_thin *thin)
{
	struct bio_list bios;
	struct bio *bio;

	bio_list_init(&bios);
	spin_lock_irq(&thin->lock);
	move_bios(&bios, &thin->waiting);
	spin_unlock_irq(&thin->lock);

	while ((bio = bio_list_pop(&bios))) {
		if (handle(thin, bio)) {
			/* No memory.  The end of a change will wake the worker. */
			bio_list_add_head(&bios, bio);
			spin_lock_irq(&thin->lock);
			bio_list_merge_head(&thin->waiting, &bios);
			spin_unlock_irq(&thin->lock);
			ms_pool_add_runnable(thin->pool, thin);
			return;
		}
	}
}
