// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thin-pool, and multisnap-pool: what a table says, and what becomes of it when
 * it is loaded, suspended and resumed.
 *
 *	thin-pool      METADATA DATA BLOCK_SECTORS LOW_WATER_BLOCKS [N FEATURE...]
 *	multisnap-pool METADATA DATA BLOCK_SECTORS LOW_WATER_SECTORS [N FEATURE...]
 *
 * A table is loaded beside the one in force.  Its features and its size come
 * into force when it is resumed.
 *
 * Context: the user's, which may sleep.  Tables are made and go under ms_pools.lock;
 * they come into force on the worker's queue.
 */
#include <linux/slab.h>

#include "pool.h"

#define MAX_FEATURES 4

/* Blocks; more is more than any operation but a deletion needs. */
#define METADATA_LOW_WATER_MAX 1024u

u64 ms_metadata_low_water(struct ms_pool *pool)
{
	return min_t(u64, METADATA_LOW_WATER_MAX, ms_md_usable_blocks(pool->metadata_bdev) / 4);
}

static void metadata_low(void *context)
{
	struct ms_pool *pool = context;

	DMWARN("%s: few free metadata blocks, low water mark reached", dm_device_name(pool->dm));
	if (pool->ti)
		dm_table_event(pool->ti->table);
}

static int parse_feature(struct ms_features *f, const char *name)
{
	if (!strcasecmp(name, "skip_block_zeroing"))
		f->zero = false;
	else if (!strcasecmp(name, "ignore_discard"))
		f->discard = false;
	else if (!strcasecmp(name, "no_discard_passdown"))
		f->passdown = false;
	else if (!strcasecmp(name, "read_only"))
		f->read_only = true;
	else if (!strcasecmp(name, "error_if_no_space"))
		f->error_if_no_space = true;
	else
		return -EINVAL;
	return 0;
}

static int parse_features(struct dm_arg_set *args, struct ms_features *f, char **error)
{
	static const struct dm_arg limits = {
		0, MAX_FEATURES, "Invalid number of pool feature arguments"
	};
	unsigned int nr;

	*f = (struct ms_features) { .zero = true, .discard = true, .passdown = true };
	if (!args->argc)
		return 0;
	if (dm_read_arg_group(&limits, args, &nr, error))
		return -EINVAL;
	while (nr--) {
		if (parse_feature(f, dm_shift_arg(args))) {
			*error = "Unrecognised pool feature requested";
			return -EINVAL;
		}
	}
	return 0;
}

static int parse_block_size(const char *arg, u32 *sectors)
{
	if (kstrtou32(arg, 10, sectors) || *sectors < THIN_DATA_BLOCK_MIN ||
	    *sectors > THIN_DATA_BLOCK_MAX || *sectors % THIN_DATA_BLOCK_MIN)
		return -EINVAL;
	return 0;
}

static int get_devices(struct dm_target *ti, struct ms_table *table, char **argv)
{
	fmode_t mode = FMODE_READ | (table->asked.read_only ? 0 : FMODE_WRITE);
	int r;

	r = dm_get_device(ti, argv[0], mode, &table->metadata_dev);
	if (r) {
		ti->error = "Error opening metadata block device";
		return r;
	}
	if (bdev_nr_sectors(table->metadata_dev->bdev) > META_MAX_BLOCKS * META_BLOCK_SECTORS)
		DMWARN("metadata device %pg: what is behind sector %llu will not be used",
		       table->metadata_dev->bdev, META_MAX_BLOCKS * META_BLOCK_SECTORS);
	r = dm_get_device(ti, argv[1], FMODE_READ | FMODE_WRITE, &table->data_dev);
	if (r)
		ti->error = "Error getting data device";
	return r;
}

static void put_devices(struct dm_target *ti, struct ms_table *table)
{
	if (table->data_dev)
		dm_put_device(ti, table->data_dev);
	if (table->metadata_dev)
		dm_put_device(ti, table->metadata_dev);
}

static int get_pool(struct dm_target *ti, struct ms_table *table, u32 block_sectors)
{
	struct ms_pool *pool;
	bool made;

	pool = ms_pool_get(dm_table_get_md(ti->table), table->metadata_dev->bdev,
			   table->data_dev->bdev, block_sectors, table->asked.read_only,
			   &made, &ti->error);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	table->pool = pool;

	/* Thin devices have it from the pool, and would not notice a change. */
	if (!made && table->asked.discard != pool->features.discard) {
		ti->error = "Discard support cannot be disabled once enabled";
		return -EINVAL;
	}
	if (made)
		pool->features = table->asked;
	if (ms_md_watch_metadata(pool->md, ms_metadata_low_water(pool), metadata_low, pool)) {
		ti->error = "Error registering metadata threshold";
		return -EINVAL;
	}
	return 0;
}

static void free_table(struct dm_target *ti, struct ms_table *table)
{
	if (table->pool)
		ms_pool_put(table->pool);
	put_devices(ti, table);
	kfree(table);
}

static int parse_table(struct dm_target *ti, struct ms_table *table, unsigned int argc,
		       char **argv, u32 *block_sectors)
{
	struct dm_arg_set args = { .argc = argc, .argv = argv };
	int r;

	if (argc < 4) {
		ti->error = "Invalid argument count";
		return -EINVAL;
	}
	if (!strcmp(argv[0], argv[1])) {
		ti->error = "Error setting metadata or data device";
		return -EINVAL;
	}
	dm_consume_args(&args, 4);
	r = parse_features(&args, &table->asked, &ti->error);
	if (r)
		return r;
	r = get_devices(ti, table, argv);
	if (r)
		return r;
	if (parse_block_size(argv[2], block_sectors)) {
		ti->error = "Invalid block size";
		return -EINVAL;
	}
	if (kstrtou64(argv[3], 10, &table->low_water_asked)) {
		ti->error = "Invalid low water mark";
		return -EINVAL;
	}
	table->low_water = table->low_water_asked;
	if (table->early)
		table->low_water = div_u64(table->low_water_asked, *block_sectors);
	table->granted = table->asked;
	table->mode = table->asked.read_only ? MS_READ_ONLY : MS_WRITE;
	return 0;
}

static int pool_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct ms_table *table = kzalloc(sizeof(*table), GFP_KERNEL);
	u32 block_sectors;
	int r;

	if (!table) {
		ti->error = "Out of memory";
		return -ENOMEM;
	}
	table->early = ti->type == &ms_pool_types[1];

	mutex_lock(&ms_pools.lock);
	r = parse_table(ti, table, argc, argv, &block_sectors);
	if (!r)
		r = get_pool(ti, table, block_sectors);
	if (r)
		free_table(ti, table);
	mutex_unlock(&ms_pools.lock);
	if (r)
		return r;

	ti->private = table;
	ti->num_flush_bios = 1;
	ti->limit_swap_bios = true;
	if (table->asked.discard && table->asked.passdown) {
		ti->num_discard_bios = 1;
		ti->discards_supported = true;
	}
	return 0;
}

static int forget_table(struct ms_pool *pool, void *arg)
{
	if (pool->ti == arg)
		pool->ti = NULL;
	return 0;
}

static void pool_dtr(struct dm_target *ti)
{
	struct ms_table *table = ti->private;

	ms_pool_call(table->pool, forget_table, ti);
	mutex_lock(&ms_pools.lock);
	free_table(ti, table);
	mutex_unlock(&ms_pools.lock);
}

static int pool_map(struct dm_target *ti, struct bio *bio)
{
	struct ms_table *table = ti->private;

	bio_set_dev(bio, table->data_dev->bdev);
	return DM_MAPIO_REMAPPED;
}

/* To @nr_blocks, with @resize, what has @now; not before a check, and never down. */
static int extend(struct ms_pool *pool, const char *what, u64 now, u64 nr_blocks,
		  int (*resize)(struct ms_md *md, u64 nr_blocks))
{
	int r;

	if (nr_blocks == now)
		return 0;
	if (nr_blocks < now) {
		DMERR("%s: %llu %s blocks are too few, metadata knows %llu",
		      dm_device_name(pool->dm), nr_blocks, what, now);
		return -EINVAL;
	}
	if (ms_md_needs_check(pool->md)) {
		DMERR("%s: the %s device does not grow before a check",
		      dm_device_name(pool->dm), what);
		return 0;
	}
	if (resize == ms_md_resize_metadata && pool->mode == MS_NO_METADATA_SPACE)
		ms_mode_set(pool, MS_WRITE);
	if (pool->mode > MS_NO_DATA_SPACE) {
		DMWARN("%s: the %s device does not grow while the pool is read-only",
		       dm_device_name(pool->dm), what);
		return 0;
	}
	r = resize(pool->md, nr_blocks);
	if (r)
		ms_metadata_failed(pool, "growth of a device", r);
	return r;
}

/* The data device has the length of the table.  Its growth takes metadata space. */
static int grow_devices(struct ms_pool *pool, u64 nr_data)
{
	struct ms_space space;
	int r = ms_md_metadata_space(pool->md, &space);

	if (!r)
		r = extend(pool, "metadata", space.total,
			   ms_md_usable_blocks(pool->metadata_bdev), ms_md_resize_metadata);
	if (!r)
		r = ms_md_data_space(pool->md, &space);
	if (!r)
		r = extend(pool, "data", space.total, nr_data, ms_md_resize_data);
	return r;
}

/* On the worker's queue: the table comes into force. */
static int take_table(struct ms_pool *pool, void *arg)
{
	struct dm_target *ti = arg;
	struct ms_table *table = ti->private;
	u64 nr_blocks = div_u64(ti->len, pool->block_sectors);
	int r;

	pool->ti = ti;
	WRITE_ONCE(pool->sectors, nr_blocks * pool->block_sectors);
	pool->features = table->granted;
	pool->low_water = table->low_water;
	pool->low_water_told = false;
	ms_mode_set(pool, table->mode);

	r = grow_devices(pool, nr_blocks);
	if (!r && pool->mode <= MS_NO_DATA_SPACE)
		ms_pool_commit(pool);
	/* A failed pool must be resumed, so that its bios can end. */
	return r && pool->mode == MS_FAIL ? 0 : r;
}

static int pool_preresume(struct dm_target *ti)
{
	struct ms_table *table = ti->private;

	return ms_pool_call(table->pool, take_table, ti);
}

static void pool_resume(struct dm_target *ti)
{
	struct ms_table *table = ti->private;

	ms_pool_resume(table->pool);
}

static void pool_presuspend(struct dm_target *ti)
{
	struct ms_table *table = ti->private;

	ms_pool_suspend(table->pool);
}

static void pool_postsuspend(struct dm_target *ti)
{
	struct ms_table *table = ti->private;

	ms_pool_quiet(table->pool);
}

static int pool_iterate_devices(struct dm_target *ti, iterate_devices_callout_fn fn, void *data)
{
	struct ms_table *table = ti->private;

	return fn(ti, table->data_dev, 0, ti->len, data);
}

/* Passdown is asked for; can the data device do it? */
static void grant_passdown(struct ms_table *table)
{
	struct block_device *bdev = table->data_dev->bdev;
	unsigned int max = bdev_max_discard_sectors(bdev);

	if (!table->granted.passdown || max >= table->pool->block_sectors)
		return;
	DMWARN("data device %pg discards at most %u sectors at once: disabling discard passdown",
	       bdev, max);
	table->granted.passdown = false;
}

/* Requests that do not cross a block, and are a power of two where that is possible. */
static unsigned int fitting_max_sectors(unsigned int max_sectors, u32 block_sectors)
{
	while (max_sectors > 1 && block_sectors % max_sectors)
		max_sectors = rounddown_pow_of_two(max_sectors - 1);
	return max_sectors;
}

static void pool_io_hints(struct dm_target *ti, struct queue_limits *limits)
{
	struct ms_table *table = ti->private;
	u32 block_sectors = table->pool->block_sectors;
	unsigned int io_opt = limits->io_opt >> SECTOR_SHIFT;

	if (limits->max_sectors < block_sectors)
		limits->max_sectors = fitting_max_sectors(limits->max_sectors, block_sectors);

	/* What the devices below prefer is kept if whole blocks fit in. */
	if (io_opt < block_sectors || io_opt % block_sectors) {
		bool fits = !(block_sectors % limits->max_sectors);

		limits->io_min = (fits ? limits->max_sectors : block_sectors) << SECTOR_SHIFT;
		limits->io_opt = block_sectors << SECTOR_SHIFT;
	}
	if (table->granted.discard)
		grant_passdown(table);
	else
		limits->discard_granularity = 0;
}

#define POOL_TYPE(type_name)							\
	{									\
		.name = type_name,						\
		.version = { 1, 22, 0 },					\
		.features = DM_TARGET_SINGLETON | DM_TARGET_ALWAYS_WRITEABLE |	\
			    DM_TARGET_IMMUTABLE,				\
		.module = THIS_MODULE,						\
		.ctr = pool_ctr,						\
		.dtr = pool_dtr,						\
		.map = pool_map,						\
		.presuspend = pool_presuspend,					\
		.presuspend_undo = pool_resume,					\
		.postsuspend = pool_postsuspend,				\
		.preresume = pool_preresume,					\
		.resume = pool_resume,						\
		.message = ms_message,						\
		.status = ms_pool_status,					\
		.iterate_devices = pool_iterate_devices,			\
		.io_hints = pool_io_hints,					\
	}

struct target_type ms_pool_types[2] = { POOL_TYPE("thin-pool"), POOL_TYPE("multisnap-pool") };
