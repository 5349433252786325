// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Modes: what a pool still does when space runs out or metadata fails.
 *
 * Context: the worker, or a table being loaded or resumed, which has the worker
 * do it.
 */
#include <linux/module.h>

#include "pool.h"

static unsigned int no_space_timeout = 60;
module_param(no_space_timeout, uint, 0644);
MODULE_PARM_DESC(no_space_timeout,
		 "Seconds that writes wait for data space before they fail, 0: for ever");

static const char *mode_name(struct ms_pool *pool)
{
	switch (pool->mode) {
	case MS_WRITE:
		return "write";
	case MS_NO_DATA_SPACE:
		return pool->features.error_if_no_space ? "out-of-data-space (error IO)" :
							  "out-of-data-space (queue IO)";
	case MS_NO_METADATA_SPACE:
		return "out-of-metadata-space";
	case MS_READ_ONLY:
		return "read-only";
	case MS_FAIL:
		break;
	}
	return "fail";
}

static void tell(struct ms_pool *pool)
{
	if (!pool->ti)
		return;
	dm_table_event(pool->ti->table);
	DMINFO("%s: switching pool to %s mode", dm_device_name(pool->dm), mode_name(pool));
}

blk_status_t ms_mode_refusal(struct ms_pool *pool)
{
	if (pool->mode == MS_NO_DATA_SPACE)
		return pool->features.error_if_no_space ? BLK_STS_NOSPC : 0;
	return BLK_STS_IOERR;
}

/* The mode that the pool can really go to. */
static enum ms_mode allowed(struct ms_pool *pool, enum ms_mode mode)
{
	if (pool->mode == MS_FAIL)
		return MS_FAIL;
	if (mode == MS_WRITE && ms_md_needs_check(pool->md)) {
		DMERR("%s: metadata must be checked before it is written to",
		      dm_device_name(pool->dm));
		return pool->mode == MS_WRITE ? MS_READ_ONLY : pool->mode;
	}
	return mode;
}

/* The table in force, NULL before the first resume. */
static struct ms_table *table_of(struct ms_pool *pool)
{
	return pool->ti ? pool->ti->private : NULL;
}

static void enter_write(struct ms_pool *pool)
{
	struct ms_table *table = table_of(pool);

	cancel_delayed_work(&pool->no_space);
	if (table)
		pool->features.error_if_no_space = table->asked.error_if_no_space;
	ms_md_set_read_only(pool->md, false);
}

static void enter_no_data_space(struct ms_pool *pool)
{
	unsigned long timeout = READ_ONCE(no_space_timeout) * HZ;

	if (timeout && !pool->features.error_if_no_space)
		queue_delayed_work(pool->wq, &pool->no_space, timeout);
}

void ms_mode_set(struct ms_pool *pool, enum ms_mode mode)
{
	struct ms_table *table = table_of(pool);
	enum ms_mode old = pool->mode;

	mode = allowed(pool, mode);
	WRITE_ONCE(pool->mode, mode);
	if (table)
		table->mode = mode;	/* also after a suspend */
	switch (mode) {
	case MS_WRITE:
		enter_write(pool);
		break;
	case MS_NO_DATA_SPACE:
		enter_no_data_space(pool);
		break;
	case MS_NO_METADATA_SPACE:
	case MS_READ_ONLY:
	case MS_FAIL:
		ms_md_set_read_only(pool->md, true);
		ms_fail_parked(pool, BLK_STS_IOERR);
		break;
	}
	if (mode != old)
		tell(pool);
}

void ms_metadata_failed(struct ms_pool *pool, const char *what, int error)
{
	DMERR_LIMIT("%s: metadata: %s failed: %d", dm_device_name(pool->dm), what, error);
	if (ms_md_abort(pool->md)) {
		DMERR("%s: no way back to the last commit", dm_device_name(pool->dm));
		ms_mode_set(pool, MS_FAIL);
	} else if (ms_md_set_needs_check(pool->md)) {
		DMERR("%s: cannot mark that a check is needed", dm_device_name(pool->dm));
		ms_mode_set(pool, MS_FAIL);
	}
	ms_mode_set(pool, MS_READ_ONLY);
}

void ms_mode_check_metadata_space(struct ms_pool *pool)
{
	struct ms_space space;

	if (!ms_md_metadata_space(pool->md, &space) && space.free)
		return;
	DMERR("%s: no free metadata blocks", dm_device_name(pool->dm));
	ms_mode_set(pool, MS_NO_METADATA_SPACE);
}

void ms_mode_check_data_space(struct ms_pool *pool)
{
	struct ms_space space;

	if (ms_md_data_space(pool->md, &space))
		return;
	if (space.free > pool->low_water)
		pool->low_water_told = false;
	if (pool->mode == MS_NO_DATA_SPACE && space.free) {
		ms_mode_set(pool, MS_WRITE);
		ms_unpark_all(pool);
	}
}

/* On the worker's queue. */
void ms_no_space_timeout(struct work_struct *work)
{
	struct ms_pool *pool = container_of(to_delayed_work(work), struct ms_pool, no_space);

	if (pool->mode != MS_NO_DATA_SPACE || pool->features.error_if_no_space)
		return;
	pool->features.error_if_no_space = true;
	tell(pool);
	ms_fail_parked(pool, BLK_STS_NOSPC);
}
