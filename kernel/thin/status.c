// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What "dmsetup status" and "dmsetup table" print.
 *
 * thin-pool, thin: as Linux 6.1 does.  multisnap-pool, multisnap: as their early
 * documents say: free space in sectors, in place of used and total blocks.
 *
 * Context: the user's, which may sleep.  Numbers of a pool are taken on the worker's
 * queue, where that may commit; features and modes are just read.
 */
#include "pool.h"

struct numbers {
	u64 transaction_id;
	u64 held;
	struct ms_space data;
	struct ms_space metadata;
	bool commit;
};

/* On the worker's queue. */
static int get_numbers(struct ms_pool *pool, void *arg)
{
	struct numbers *n = arg;
	int r;

	if (n->commit)
		ms_pool_commit(pool);	/* freed space counts after a commit */
	n->transaction_id = ms_md_transaction_id(pool->md);
	n->held = ms_md_held(pool->md);
	r = ms_md_data_space(pool->md, &n->data);
	return r ? r : ms_md_metadata_space(pool->md, &n->metadata);
}

static const char *mode_word(struct ms_pool *pool)
{
	switch (ms_mode(pool)) {
	case MS_WRITE:
		return "rw";
	case MS_NO_DATA_SPACE:
		return "out_of_data_space";
	default:
		return "ro";
	}
}

static const char *discard_word(struct ms_pool *pool)
{
	if (!pool->features.discard)
		return "ignore_discard";
	return pool->features.passdown ? "discard_passdown" : "no_discard_passdown";
}

static void emit_pool(struct ms_pool *pool, struct numbers *n, char *result, unsigned int maxlen)
{
	unsigned int sz = 0;

	DMEMIT("%llu %llu/%llu %llu/%llu ", n->transaction_id,
	       n->metadata.total - n->metadata.free, n->metadata.total,
	       n->data.total - n->data.free, n->data.total);
	if (n->held)
		DMEMIT("%llu ", n->held);
	else
		DMEMIT("- ");
	DMEMIT("%s %s %s %s %llu ", mode_word(pool), discard_word(pool),
	       pool->features.error_if_no_space ? "error_if_no_space" : "queue_if_no_space",
	       ms_md_needs_check(pool->md) ? "needs_check" : "-",
	       ms_metadata_low_water(pool));
}

static void emit_early_pool(struct ms_pool *pool, struct numbers *n, char *result,
			    unsigned int maxlen)
{
	unsigned int sz = 0;

	DMEMIT("%llu %llu %llu ", n->transaction_id, n->data.free * pool->block_sectors,
	       n->metadata.free * META_BLOCK_SECTORS);
	if (n->held)
		DMEMIT("%llu", n->held * META_BLOCK_SECTORS);
	else
		DMEMIT("-");
}

static void emit_features(struct ms_features *f, char *result, unsigned int maxlen,
			  unsigned int sz)
{
	DMEMIT("%u ", !f->zero + !f->discard + !f->passdown + f->read_only +
		      f->error_if_no_space);
	if (!f->zero)
		DMEMIT("skip_block_zeroing ");
	if (!f->discard)
		DMEMIT("ignore_discard ");
	if (!f->passdown)
		DMEMIT("no_discard_passdown ");
	if (f->read_only)
		DMEMIT("read_only ");
	if (f->error_if_no_space)
		DMEMIT("error_if_no_space ");
}

static void emit_pool_table(struct ms_table *table, char *result, unsigned int maxlen)
{
	char metadata[BDEVNAME_SIZE], data[BDEVNAME_SIZE];
	unsigned int sz = 0;

	DMEMIT("%s %s %u %llu ",
	       format_dev_t(metadata, table->metadata_dev->bdev->bd_dev),
	       format_dev_t(data, table->data_dev->bdev->bd_dev),
	       table->pool->block_sectors, table->low_water_asked);
	emit_features(&table->asked, result, maxlen, sz);
}

void ms_pool_status(struct dm_target *ti, status_type_t type, unsigned int flags, char *result,
		    unsigned int maxlen)
{
	struct ms_table *table = ti->private;
	struct ms_pool *pool = table->pool;
	struct numbers n = {
		.commit = !(flags & DM_STATUS_NOFLUSH_FLAG) && !dm_suspended(ti),
	};
	unsigned int sz = 0;

	*result = '\0';
	if (type == STATUSTYPE_TABLE)
		emit_pool_table(table, result, maxlen);
	if (type != STATUSTYPE_INFO)
		return;
	if (ms_mode(pool) == MS_FAIL)
		DMEMIT("Fail");
	else if (ms_pool_call(pool, get_numbers, &n))
		DMEMIT("Error");
	else if (table->early)
		emit_early_pool(pool, &n, result, maxlen);
	else
		emit_pool(pool, &n, result, maxlen);
}

static void emit_thin(struct ms_thin *thin, char *result, unsigned int maxlen)
{
	u32 block_sectors = thin->pool->block_sectors;
	unsigned int sz = 0;
	u64 highest;
	int r = ms_vol_highest(thin->vol, &highest);

	if (r && r != -ENODATA) {
		DMEMIT("Error");
		return;
	}
	DMEMIT("%llu ", ms_vol_nr_mapped(thin->vol) * block_sectors);
	if (r)
		DMEMIT("-");
	else
		DMEMIT("%llu", (highest + 1) * block_sectors - 1);
}

static void emit_thin_table(struct ms_thin *thin, char *result, unsigned int maxlen)
{
	char name[BDEVNAME_SIZE];
	unsigned int sz = 0;

	DMEMIT("%s ", format_dev_t(name, thin->pool_dev->bdev->bd_dev));
	if (thin->early)
		DMEMIT("%s ", format_dev_t(name, thin->pool->metadata_bdev->bd_dev));
	DMEMIT("%u", thin->id);
	if (thin->origin_dev)
		DMEMIT(" %s", format_dev_t(name, thin->origin_dev->bdev->bd_dev));
}

void ms_thin_status(struct dm_target *ti, status_type_t type, unsigned int flags, char *result,
		    unsigned int maxlen)
{
	struct ms_thin *thin = ti->private;
	unsigned int sz = 0;

	*result = '\0';
	if (ms_mode(thin->pool) == MS_FAIL)
		DMEMIT("Fail");
	else if (type == STATUSTYPE_INFO)
		emit_thin(thin, result, maxlen);
	else if (type == STATUSTYPE_TABLE)
		emit_thin_table(thin, result, maxlen);
}
