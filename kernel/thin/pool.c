// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pools: how they come and go, their worker, and its commits.
 *
 * A pool lives as long as a table or a thin device uses it; tables of one
 * mapped device share it, so reloading a table does not touch it.  Tables open its
 * devices.  When the last one is gone, replaced by "error", there may be thin devices all
 * the same, stopped, whose status is asked for; so the pool holds the devices' memory.
 *
 * The worker's queue is ordered, and everything that changes metadata, mode or
 * features runs on it: the worker itself, timers, and what ms_pool_call()
 * brings.  None of that needs a lock against the others.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "pool.h"

#define COMMIT_PERIOD HZ
#define MIN_CHANGES 64

DECLARE_DM_KCOPYD_THROTTLE_WITH_MODULE_PARM(snapshot_copy_throttle,
					    "Percentage of time for copies of shared blocks");

struct ms_pools ms_pools = {
	.lock = __MUTEX_INITIALIZER(ms_pools.lock),
	.list = LIST_HEAD_INIT(ms_pools.list),
};

void ms_pool_wake(struct ms_pool *pool)
{
	queue_work(pool->wq, &pool->work);
}

void ms_pool_add_runnable(struct ms_pool *pool, struct ms_thin *thin)
{
	unsigned long flags;

	spin_lock_irqsave(&pool->lock, flags);
	if (list_empty(&thin->runnable))
		list_add_tail(&thin->runnable, &pool->runnable);
	spin_unlock_irqrestore(&pool->lock, flags);
}

/* The data that new mappings lead to must be there before the mappings are. */
static int commit(struct ms_pool *pool)
{
	int r = blkdev_issue_flush(pool->data_bdev);

	if (!r)
		r = ms_claims_count(pool, ms_data_dec);
	if (!r)
		r = ms_md_commit(pool->md);
	if (r)
		return r;
	pool->dropped_shared = false;
	ms_mode_check_metadata_space(pool);
	/* Without space no change can end well, and what it counted must not stay. */
	return pool->mode > MS_NO_DATA_SPACE ? 0 : ms_claims_count(pool, ms_data_inc);
}

int ms_pool_commit(struct ms_pool *pool)
{
	int r = 0;

	if (pool->mode > MS_NO_DATA_SPACE)
		return -EROFS;
	if (ms_md_changes(pool->md))
		r = commit(pool);
	else
		ms_mode_check_metadata_space(pool);
	if (r)
		ms_metadata_failed(pool, "commit", r);
	else if (pool->mode <= MS_NO_DATA_SPACE)
		ms_mode_check_data_space(pool);
	return r;
}

int ms_pool_keep_reserve(struct ms_pool *pool)
{
	struct ms_space space;
	int r = ms_md_metadata_space(pool->md, &space);

	return !r && !space.free ? ms_pool_commit(pool) : r;
}

static void run_ready(struct ms_pool *pool)
{
	struct ms_change *c, *next;
	LIST_HEAD(ready);

	spin_lock_irq(&pool->lock);
	list_splice_init(&pool->ready, &ready);
	spin_unlock_irq(&pool->lock);
	list_for_each_entry_safe(c, next, &ready, list) {
		list_del_init(&c->list);
		c->next(c);
	}
}

static void run_thins(struct ms_pool *pool)
{
	struct ms_thin *thin;
	LIST_HEAD(runnable);

	spin_lock_irq(&pool->lock);
	list_splice_init(&pool->runnable, &runnable);
	while (!list_empty(&runnable)) {
		thin = list_first_entry(&runnable, struct ms_thin, runnable);
		list_del_init(&thin->runnable);
		spin_unlock_irq(&pool->lock);
		ms_run_waiting(thin);
		spin_lock_irq(&pool->lock);
	}
	spin_unlock_irq(&pool->lock);
}

/* For those who wait for a commit, or because it is time. */
static void run_commit(struct ms_pool *pool, bool due)
{
	struct bio *bio;
	int r;

	if (bio_list_empty(&pool->flushes) && bio_list_empty(&pool->acks) && !due)
		return;
	r = ms_pool_commit(pool);
	while ((bio = bio_list_pop(&pool->acks)))
		ms_end_bio(bio, r ? BLK_STS_IOERR : 0);
	while ((bio = bio_list_pop(&pool->flushes))) {
		if (r)
			ms_end_bio(bio, BLK_STS_IOERR);
		else
			dm_submit_bio_remap(bio, NULL);
	}
}

static void run(struct ms_pool *pool, bool due)
{
	struct blk_plug plug;

	ms_md_prefetch(pool->md);
	blk_start_plug(&plug);
	run_ready(pool);
	run_thins(pool);
	run_commit(pool, due);
	blk_finish_plug(&plug);
	if (ms_md_changes(pool->md) && pool->mode <= MS_NO_DATA_SPACE)
		queue_delayed_work(pool->wq, &pool->tick, COMMIT_PERIOD);
}

static void do_work(struct work_struct *work)
{
	run(container_of(work, struct ms_pool, work), false);
}

/* A while after the first change since the last commit. */
static void do_tick(struct work_struct *work)
{
	struct ms_pool *pool = container_of(to_delayed_work(work), struct ms_pool, tick);

	run(pool, ms_md_changes(pool->md) && pool->mode <= MS_NO_DATA_SPACE);
}

struct call {
	struct work_struct work;
	struct ms_pool *pool;
	int (*fn)(struct ms_pool *pool, void *arg);
	void *arg;
	int result;
};

static void do_call(struct work_struct *work)
{
	struct call *call = container_of(work, struct call, work);

	call->result = call->fn(call->pool, call->arg);
}

int ms_pool_call(struct ms_pool *pool, int (*fn)(struct ms_pool *pool, void *arg), void *arg)
{
	struct call call = { .pool = pool, .fn = fn, .arg = arg };

	INIT_WORK_ONSTACK(&call.work, do_call);
	queue_work(pool->wq, &call.work);
	flush_work(&call.work);
	destroy_work_on_stack(&call.work);
	return call.result;
}

static int do_commit(struct ms_pool *pool, void *arg)
{
	return ms_pool_commit(pool);
}

/*
 * One that is not yet stopped, or no longer to be; it is pinned, as no lock can be
 * held while device-mapper suspends it.
 */
static struct ms_thin *pin_next(struct ms_pool *pool, bool stop)
{
	struct ms_thin *thin, *found = NULL;

	spin_lock_irq(&pool->lock);
	list_for_each_entry(thin, &pool->thins, list) {
		if (thin->stopped == stop)
			continue;
		thin->stopped = stop;
		thin->pinned = true;
		found = thin;
		break;
	}
	spin_unlock_irq(&pool->lock);
	return found;
}

static void unpin(struct ms_pool *pool, struct ms_thin *thin)
{
	spin_lock_irq(&pool->lock);
	thin->pinned = false;
	wake_up_all(&pool->unpinned);
	spin_unlock_irq(&pool->lock);
}

static void set_suspended(struct ms_pool *pool, bool suspended)
{
	spin_lock_irq(&pool->lock);
	pool->suspended = suspended;
	spin_unlock_irq(&pool->lock);
}

/* Thin devices are suspended with the pool, so that its tables can be changed. */
void ms_pool_suspend(struct ms_pool *pool)
{
	struct ms_thin *thin;

	set_suspended(pool, true);
	while ((thin = pin_next(pool, true))) {
		dm_internal_suspend_noflush(thin->dm);
		unpin(pool, thin);
	}
}

void ms_pool_resume(struct ms_pool *pool)
{
	struct ms_thin *thin;

	ms_unpark_all(pool);
	while ((thin = pin_next(pool, false))) {
		dm_internal_resume(thin->dm);
		unpin(pool, thin);
	}
	set_suspended(pool, false);
	ms_pool_wake(pool);
}

/* After the last thin device was suspended. */
void ms_pool_quiet(struct ms_pool *pool)
{
	cancel_delayed_work_sync(&pool->tick);
	cancel_delayed_work_sync(&pool->no_space);
	flush_workqueue(pool->wq);
	ms_pool_call(pool, do_commit, NULL);
}

static void destroy(struct ms_pool *pool)
{
	if (pool->wq) {
		cancel_delayed_work_sync(&pool->tick);
		cancel_delayed_work_sync(&pool->no_space);
		destroy_workqueue(pool->wq);
	}
	if (pool->spare)
		mempool_free(pool->spare, &pool->changes);
	mempool_exit(&pool->changes);
	if (pool->copier)
		dm_kcopyd_client_destroy(pool->copier);
	if (pool->prison)
		dm_bio_prison_destroy(pool->prison);
	if (pool->md)
		ms_md_close(pool->md);
	put_device(&pool->metadata_bdev->bd_device);
	put_device(&pool->data_bdev->bd_device);
	kfree(pool);
}

static struct ms_pool *new_pool(struct mapped_device *dm, struct block_device *metadata,
				struct block_device *data, u32 block_sectors)
{
	struct ms_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL);

	if (!pool)
		return NULL;
	pool->nr_users = 1;
	pool->dm = dm;
	pool->metadata_bdev = metadata;
	pool->data_bdev = data;
	get_device(&metadata->bd_device);
	get_device(&data->bd_device);
	pool->block_sectors = block_sectors;
	pool->block_shift = is_power_of_2(block_sectors) ? ilog2(block_sectors) : -1;
	pool->mode = MS_WRITE;
	pool->suspended = true;		/* no table is in force */
	INIT_WORK(&pool->work, do_work);
	INIT_DELAYED_WORK(&pool->tick, do_tick);
	INIT_DELAYED_WORK(&pool->no_space, ms_no_space_timeout);
	init_waitqueue_head(&pool->unpinned);
	spin_lock_init(&pool->lock);
	INIT_LIST_HEAD(&pool->thins);
	INIT_LIST_HEAD(&pool->runnable);
	INIT_LIST_HEAD(&pool->ready);
	INIT_LIST_HEAD(&pool->claims);
	bio_list_init(&pool->flushes);
	bio_list_init(&pool->acks);
	return pool;
}

static int equip(struct ms_pool *pool, bool read_only, char **error)
{
	int r;

	*error = "Error opening metadata";
	pool->md = ms_md_open(pool->metadata_bdev, pool->block_sectors, !read_only);
	if (IS_ERR(pool->md)) {
		r = PTR_ERR(pool->md);
		pool->md = NULL;
		return r;
	}
	*error = "Out of memory";
	pool->prison = dm_bio_prison_create();
	if (!pool->prison)
		return -ENOMEM;
	pool->copier = dm_kcopyd_client_create(&dm_kcopyd_throttle);
	if (IS_ERR(pool->copier)) {
		r = PTR_ERR(pool->copier);
		pool->copier = NULL;
		return r;
	}
	pool->wq = alloc_ordered_workqueue("multisnap", WQ_MEM_RECLAIM);
	if (!pool->wq)
		return -ENOMEM;
	return mempool_init_kmalloc_pool(&pool->changes, MIN_CHANGES, sizeof(struct ms_change));
}

struct ms_pool *ms_pool_find(struct mapped_device *dm)
{
	struct ms_pool *pool;

	list_for_each_entry(pool, &ms_pools.list, list)
		if (pool->dm == dm)
			return pool;
	return NULL;
}

static struct ms_pool *find_by_metadata(struct block_device *metadata)
{
	struct ms_pool *pool;

	list_for_each_entry(pool, &ms_pools.list, list)
		if (pool->metadata_bdev == metadata)
			return pool;
	return NULL;
}

/* 0: take @pool, which is NULL if a new one is to be made. */
static int find_pool(struct mapped_device *dm, struct block_device *metadata,
		     struct block_device *data, struct ms_pool **pool, char **error)
{
	*pool = find_by_metadata(metadata);
	if (*pool) {
		if ((*pool)->dm != dm) {
			*error = "metadata device already in use by a pool";
			return -EBUSY;
		}
		if ((*pool)->data_bdev != data) {
			*error = "data device already in use by a pool";
			return -EBUSY;
		}
		return 0;
	}
	if (ms_pool_find(dm)) {
		*error = "different pool cannot replace a pool";
		return -EINVAL;
	}
	return 0;
}

struct ms_pool *ms_pool_get(struct mapped_device *dm, struct block_device *metadata,
			    struct block_device *data, u32 block_sectors, bool read_only,
			    bool *made, char **error)
{
	struct ms_pool *pool;
	int r = find_pool(dm, metadata, data, &pool, error);

	if (r)
		return ERR_PTR(r);
	*made = !pool;
	if (pool) {
		pool->nr_users++;
		return pool;
	}
	pool = new_pool(dm, metadata, data, block_sectors);
	if (!pool) {
		*error = "Out of memory";
		return ERR_PTR(-ENOMEM);
	}
	r = equip(pool, read_only, error);
	if (r) {
		destroy(pool);
		return ERR_PTR(r);
	}
	list_add(&pool->list, &ms_pools.list);
	return pool;
}

void ms_pool_put(struct ms_pool *pool)
{
	if (--pool->nr_users)
		return;
	list_del(&pool->list);
	destroy(pool);
}
