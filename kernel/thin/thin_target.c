// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thin, and multisnap: a volume of a pool as a block device.
 *
 *	thin      POOL ID [EXTERNAL_ORIGIN]
 *	multisnap POOL METADATA ID
 *
 * A multisnap with a table that is shorter than the volume takes the blocks past
 * its end from it when it is resumed and nobody else uses it; a thin keeps them.
 *
 * Context: the user's, which may sleep.  Devices come and go under ms_pools.lock; they
 * start and stop on the worker's queue.
 */
#include <linux/slab.h>

#include "pool.h"

/* What the early target could discard at once, in sectors: 16 GiB. */
#define MAX_DISCARD_SECTORS (16u * 2048 * 1024)

/* Blocks that are unmapped at once: the worker is not there for others meanwhile. */
#define TRIM_AT_ONCE 16384

static int check_early_metadata(struct dm_target *ti, struct ms_thin *thin, const char *path)
{
	struct dm_dev *dev;
	int r = dm_get_device(ti, path, FMODE_READ, &dev);

	if (r) {
		ti->error = "Error opening metadata block device";
		return r;
	}
	if (dev->bdev != thin->pool->metadata_bdev) {
		ti->error = "This is not the metadata device of the pool";
		r = -EINVAL;
	}
	dm_put_device(ti, dev);
	return r;
}

static int get_origin(struct dm_target *ti, struct ms_thin *thin, const char *pool,
		      const char *origin)
{
	int r;

	if (!strcmp(pool, origin)) {
		ti->error = "Error setting origin device";
		return -EINVAL;
	}
	r = dm_get_device(ti, origin, FMODE_READ, &thin->origin_dev);
	if (r)
		ti->error = "Error opening origin device";
	return r;
}

static int get_pool(struct dm_target *ti, struct ms_thin *thin, const char *path)
{
	struct mapped_device *dm;
	int r = dm_get_device(ti, path, dm_table_get_mode(ti->table), &thin->pool_dev);

	if (r) {
		ti->error = "Error opening pool device";
		return r;
	}
	dm = dm_get_md(thin->pool_dev->bdev->bd_dev);
	if (!dm) {
		ti->error = "Couldn't get pool mapped device";
		return -EINVAL;
	}
	thin->pool = ms_pool_find(dm);
	dm_put(dm);	/* the open device keeps it */
	if (!thin->pool) {
		ti->error = "Couldn't find pool object";
		return -EINVAL;
	}
	thin->pool->nr_users++;
	if (ms_mode(thin->pool) == MS_FAIL) {
		ti->error = "Couldn't open thin device, Pool is in fail mode";
		return -EINVAL;
	}
	return 0;
}

static int open_volume(struct dm_target *ti, struct ms_thin *thin)
{
	int r = ms_vol_open(thin->pool->md, thin->id, &thin->vol);

	if (r) {
		ti->error = "Couldn't open thin internal device";
		return r;
	}
	return dm_set_target_max_io_len(ti, thin->pool->block_sectors);
}

/* The three under ms_pools.lock, so nobody comes or goes. */
static struct ms_traffic *find_traffic(struct ms_pool *pool, u32 id)
{
	struct ms_thin *thin;

	list_for_each_entry(thin, &pool->thins, list)
		if (thin->id == id)
			return thin->traffic;
	return NULL;
}

static struct ms_traffic *get_traffic(struct ms_pool *pool, u32 id)
{
	struct ms_traffic *traffic = find_traffic(pool, id);

	if (!traffic) {
		traffic = kzalloc(sizeof(*traffic), GFP_KERNEL);
		if (!traffic)
			return NULL;
		ms_traffic_init(traffic);
	}
	traffic->nr_users++;
	return traffic;
}

static void put_traffic(struct ms_traffic *traffic)
{
	if (!--traffic->nr_users)
		kfree(traffic);
}

static int parse_thin(struct dm_target *ti, struct ms_thin *thin, unsigned int argc, char **argv)
{
	bool with_metadata = thin->early && argc == 3;
	int r = 0;

	if (argc != 2 && argc != 3) {
		ti->error = "Invalid argument count";
		return -EINVAL;
	}
	if (argc == 3 && !thin->early)
		r = get_origin(ti, thin, argv[0], argv[2]);
	if (!r)
		r = get_pool(ti, thin, argv[0]);
	if (!r && with_metadata)
		r = check_early_metadata(ti, thin, argv[1]);
	if (!r && ms_parse_id(argv[with_metadata ? 2 : 1], &thin->id)) {
		ti->error = "Invalid device id";
		r = -EINVAL;
	}
	return r ? r : open_volume(ti, thin);
}

/* Under ms_pools.lock. */
static void free_thin(struct dm_target *ti, struct ms_thin *thin)
{
	if (thin->traffic)
		put_traffic(thin->traffic);
	if (thin->vol)
		ms_vol_close(thin->vol);
	if (thin->pool)
		ms_pool_put(thin->pool);
	if (thin->pool_dev)
		dm_put_device(ti, thin->pool_dev);
	if (thin->origin_dev)
		dm_put_device(ti, thin->origin_dev);
	kfree(thin);
}

static int join_pool(struct dm_target *ti, struct ms_thin *thin)
{
	struct ms_pool *pool = thin->pool;
	bool suspended;

	thin->traffic = get_traffic(pool, thin->id);
	if (!thin->traffic) {
		ti->error = "Out of memory";
		return -ENOMEM;
	}
	spin_lock_irq(&pool->lock);
	suspended = pool->suspended;
	if (!suspended)
		list_add_tail(&thin->list, &pool->thins);
	spin_unlock_irq(&pool->lock);
	if (suspended) {
		ti->error = "Unable to activate thin device while pool is suspended";
		return -EINVAL;
	}
	return 0;
}

static struct ms_thin *new_thin(struct dm_target *ti)
{
	struct ms_thin *thin = kzalloc(sizeof(*thin), GFP_KERNEL);

	if (!thin)
		return NULL;
	thin->dm = dm_table_get_md(ti->table);
	thin->early = ti->type == &ms_thin_types[1];
	thin->ti = ti;
	spin_lock_init(&thin->lock);
	INIT_LIST_HEAD(&thin->runnable);
	bio_list_init(&thin->waiting);
	bio_list_init(&thin->parked);
	return thin;
}

static int thin_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct ms_thin *thin = new_thin(ti);
	int r;

	if (!thin) {
		ti->error = "Out of memory";
		return -ENOMEM;
	}
	mutex_lock(&ms_pools.lock);
	r = parse_thin(ti, thin, argc, argv);
	if (!r)
		r = join_pool(ti, thin);
	if (r)
		free_thin(ti, thin);
	mutex_unlock(&ms_pools.lock);
	if (r)
		return r;

	ti->private = thin;
	ti->num_flush_bios = 1;
	ti->limit_swap_bios = true;
	ti->flush_supported = true;
	ti->accounts_remapped_io = true;
	ti->per_io_data_size = sizeof(struct ms_hook);
	if (thin->pool->features.discard) {
		ti->discards_supported = true;
		ti->num_discard_bios = 1;
	}
	return 0;
}

static bool is_pinned(struct ms_thin *thin)
{
	bool pinned;

	spin_lock_irq(&thin->pool->lock);
	pinned = thin->pinned;
	spin_unlock_irq(&thin->pool->lock);
	return pinned;
}

/* Afterwards nobody but the caller knows the thin device. */
static void leave_pool(struct ms_thin *thin)
{
	struct ms_pool *pool = thin->pool;

	mutex_lock(&ms_pools.lock);
	spin_lock_irq(&pool->lock);
	list_del(&thin->list);
	list_del_init(&thin->runnable);
	spin_unlock_irq(&pool->lock);
	mutex_unlock(&ms_pools.lock);

	wait_event(pool->unpinned, !is_pinned(thin));
	flush_workqueue(pool->wq);	/* the worker has left it */
	if (thin->stopped)
		dm_internal_resume(thin->dm);	/* another table of it may live on */
}

static void thin_dtr(struct dm_target *ti)
{
	struct ms_thin *thin = ti->private;

	leave_pool(thin);
	mutex_lock(&ms_pools.lock);
	free_thin(ti, thin);
	mutex_unlock(&ms_pools.lock);
}

static int begin_requeue(struct ms_pool *pool, void *arg)
{
	struct ms_thin *thin = arg;

	WRITE_ONCE(thin->requeue, true);
	ms_requeue(thin);
	return 0;
}

static int end_requeue(struct ms_pool *pool, void *arg)
{
	struct ms_thin *thin = arg;

	WRITE_ONCE(thin->requeue, false);
	/* A suspend with the pool may end without a resume of ours. */
	thin->active = thin->active && !dm_suspended(thin->ti);
	return 0;
}

static void thin_presuspend(struct dm_target *ti)
{
	struct ms_thin *thin = ti->private;

	if (dm_noflush_suspending(ti))
		ms_pool_call(thin->pool, begin_requeue, thin);
}

static void thin_postsuspend(struct dm_target *ti)
{
	struct ms_thin *thin = ti->private;

	ms_pool_call(thin->pool, end_requeue, thin);
}

/* Who becomes active later comes to the worker first, and so after what it does now. */
static bool is_active(struct ms_pool *pool, u32 id)
{
	struct ms_thin *thin;
	bool active = false;

	spin_lock_irq(&pool->lock);
	list_for_each_entry(thin, &pool->thins, list)
		active |= thin->id == id && thin->active;
	spin_unlock_irq(&pool->lock);
	return active;
}

/* 1: something is mapped from @begin on; 0: nothing is. */
static int is_mapped_from(struct ms_vol *vol, u64 begin)
{
	u64 highest;
	int r = ms_vol_highest(vol, &highest);

	if (r)
		return r == -ENODATA ? 0 : r;
	return highest >= begin;
}

int ms_thin_trim(struct ms_pool *pool, u32 id, struct ms_vol *vol, u64 sectors)
{
	u32 rest;
	u64 begin = div_u64_rem(sectors, pool->block_sectors, &rest);
	u64 nr_mapped = ms_vol_nr_mapped(vol);
	int r;

	if (is_active(pool, id))
		return -EBUSY;
	if (rest)
		begin++;
	r = is_mapped_from(vol, begin);
	if (r <= 0)
		return r;
	pool->dropped_shared = true;
	r = ms_vol_unmap(vol, begin, U64_MAX, TRIM_AT_ONCE);
	/* A key that no block can have is past every end, and stays. */
	if (r || ms_vol_nr_mapped(vol) == nr_mapped)
		return r;
	return is_mapped_from(vol, begin);
}

/* 1: there is more to do. */
static int trim_past_end(struct ms_thin *thin)
{
	struct ms_pool *pool = thin->pool;
	int r;

	if (pool->mode > MS_NO_DATA_SPACE)
		return 0;
	r = ms_thin_trim(pool, thin->id, thin->vol, thin->ti->len);
	if (r == -EBUSY)
		return 0;	/* by another device, or a resume that follows the pool's */
	if (r < 0)
		ms_metadata_failed(pool, "trim", r);
	else
		ms_pool_commit(pool);
	return r;
}

static int activate(struct ms_pool *pool, void *arg)
{
	struct ms_thin *thin = arg;
	int r = thin->early ? trim_past_end(thin) : 0;

	if (!r)
		thin->active = true;
	return r;
}

static int thin_preresume(struct dm_target *ti)
{
	struct ms_thin *thin = ti->private;
	int r;

	if (thin->origin_dev)
		thin->origin_sectors = bdev_nr_sectors(thin->origin_dev->bdev);
	do
		r = ms_pool_call(thin->pool, activate, thin);
	while (r > 0);
	return r;
}

static int thin_iterate_devices(struct dm_target *ti, iterate_devices_callout_fn fn, void *data)
{
	struct ms_thin *thin = ti->private;
	sector_t sectors = READ_ONCE(thin->pool->sectors);

	return sectors ? fn(ti, thin->pool_dev, 0, sectors, data) : 0;
}

static void thin_io_hints(struct dm_target *ti, struct queue_limits *limits)
{
	struct ms_thin *thin = ti->private;

	if (!thin->pool->features.discard)
		return;
	limits->discard_granularity = thin->pool->block_sectors << SECTOR_SHIFT;
	limits->max_discard_sectors = MAX_DISCARD_SECTORS;
}

#define THIN_TYPE(type_name)					\
	{							\
		.name = type_name,				\
		.version = { 1, 22, 0 },			\
		.module = THIS_MODULE,				\
		.ctr = thin_ctr,				\
		.dtr = thin_dtr,				\
		.map = ms_map,					\
		.end_io = ms_end_io,				\
		.presuspend = thin_presuspend,			\
		.postsuspend = thin_postsuspend,		\
		.preresume = thin_preresume,			\
		.status = ms_thin_status,			\
		.iterate_devices = thin_iterate_devices,	\
		.io_hints = thin_io_hints,			\
	}

struct target_type ms_thin_types[2] = { THIN_TYPE("thin"), THIN_TYPE("multisnap") };
