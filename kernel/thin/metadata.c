// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The superblock, the space maps, and transactions.
 *
 * A commit writes all new blocks, then the superblock, which leads to them.
 * The superblock's values are kept in struct ms_md and reach its block only in
 * a commit, so the cache may write that block back whenever it likes.
 *
 * Context: metadata.h.  What is not in it is called under ms_md.lock, or when nobody else
 * knows of the metadata.
 */
#include <linux/device-mapper.h>
#include <linux/math64.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "persistent-data/dm-space-map-disk.h"
#include "persistent-data/dm-space-map-metadata.h"

#include "compat.h"
#include "metadata_private.h"

/* Blocks that one thread locks at once: a path in a tree, and spare. */
#define LOCKS_PER_THREAD 6

#define RESERVE_MAX 4096u	/* blocks */

static u32 sb_checksum(struct thin_sb_disk *sb)
{
	return dm_bm_checksum(&sb->flags, sizeof(*sb) - sizeof(sb->csum), THIN_SB_SALT);
}

static void sb_seal(struct dm_block_validator *v, struct dm_block *b, size_t size)
{
	struct thin_sb_disk *sb = dm_block_data(b);

	sb->where = cpu_to_le64(dm_block_location(b));
	sb->csum = cpu_to_le32(sb_checksum(sb));
}

static int sb_check(struct dm_block_validator *v, struct dm_block *b, size_t size)
{
	struct thin_sb_disk *sb = dm_block_data(b);

	if (le64_to_cpu(sb->where) != dm_block_location(b)) {
		DMERR("superblock says it is block %llu, not %llu",
		      le64_to_cpu(sb->where), dm_block_location(b));
		return -ENOTBLK;
	}
	if (le64_to_cpu(sb->magic) != THIN_SB_MAGIC) {
		DMERR("superblock has magic %llu, not %llu",
		      le64_to_cpu(sb->magic), THIN_SB_MAGIC);
		return -EILSEQ;
	}
	if (le32_to_cpu(sb->csum) != sb_checksum(sb)) {
		DMERR("superblock has checksum %u, not %u",
		      le32_to_cpu(sb->csum), sb_checksum(sb));
		return -EILSEQ;
	}
	return 0;
}

static struct dm_block_validator sb_validator = {
	.name = "thin superblock",
	.prepare_for_write = sb_seal,
	.check = sb_check,
};

/*
 * Space map roots can fail to be read, so that happens before the superblock
 * is touched.
 */
struct sm_roots {
	u8 data[SM_ROOT_SIZE];
	u8 metadata[SM_ROOT_SIZE];
};

static int copy_sm_root(struct dm_space_map *sm, u8 *root)
{
	size_t size;
	int r = dm_sm_root_size(sm, &size);

	if (r)
		return r;
	if (size > SM_ROOT_SIZE)
		return -EINVAL;
	return dm_sm_copy_root(sm, root, size);
}

/* Everything but the superblock. */
static int write_trees(struct ms_md *md, struct sm_roots *roots)
{
	int r = ms_vol_write_details(md);

	memset(roots, 0, sizeof(*roots));
	if (!r)
		r = md->miscounted;
	if (!r)
		r = dm_sm_commit(md->data_sm);
	if (!r)
		r = dm_tm_pre_commit(md->tm);
	if (!r)
		r = copy_sm_root(md->data_sm, roots->data);
	if (!r)
		r = copy_sm_root(md->metadata_sm, roots->metadata);
	return r;
}

static void fill_sb(struct thin_sb_disk *sb, struct ms_md *md, struct sm_roots *roots)
{
	sb->flags = cpu_to_le32(md->flags);
	sb->time = cpu_to_le32(md->time);
	sb->transaction_id = cpu_to_le64(md->transaction_id);
	sb->held_root = cpu_to_le64(md->held);
	sb->mapping_root = cpu_to_le64(md->mapping_root);
	sb->details_root = cpu_to_le64(md->details_root);
	memcpy(&sb->data_sm, roots->data, sizeof(roots->data));
	memcpy(&sb->metadata_sm, roots->metadata, sizeof(roots->metadata));
}

u64 ms_md_usable_blocks(struct block_device *bdev)
{
	return min_t(u64, bdev_nr_sectors(bdev) / META_BLOCK_SECTORS, META_MAX_BLOCKS);
}

/* What no commit changes. */
static void fill_first_sb(struct thin_sb_disk *sb, struct ms_md *md)
{
	sb->magic = cpu_to_le64(THIN_SB_MAGIC);
	sb->version = cpu_to_le32(THIN_SB_VERSION);
	sb->data_block_size = cpu_to_le32(md->block_sectors);
	sb->metadata_block_size = cpu_to_le32(META_BLOCK_SECTORS);
	sb->metadata_nr_blocks = cpu_to_le64(ms_md_usable_blocks(md->bdev));
}

static int commit(struct ms_md *md, bool first)
{
	struct sm_roots roots;
	struct dm_block *b;
	int r;

	r = write_trees(md, &roots);
	if (r)
		return r;
	r = (first ? dm_bm_write_lock_zero : dm_bm_write_lock)(md->bm, THIN_SB_WHERE,
							       &sb_validator, &b);
	if (r)
		return r;
	if (first)
		fill_first_sb(dm_block_data(b), md);
	fill_sb(dm_block_data(b), md, &roots);
	r = dm_tm_commit(md->tm, b);
	if (r)
		return r;
	md->changes = 0;
	ms_vol_note_commit(md);
	return 0;
}

int ms_md_commit(struct ms_md *md)
{
	return ms_md_locked(md, md->changes ? commit(md, false) : 0);
}

unsigned int ms_md_changes(struct ms_md *md)
{
	return READ_ONCE(md->changes);
}

static void close_trees(struct ms_md *md)
{
	if (md->quick_tm)
		dm_tm_destroy(md->quick_tm);
	dm_sm_destroy(md->data_sm);
	if (md->tm)
		dm_tm_destroy(md->tm);
	dm_sm_destroy(md->metadata_sm);
	md->quick_tm = md->tm = NULL;
	md->data_sm = md->metadata_sm = NULL;
}

static int set_reserve(struct ms_md *md)
{
	dm_block_t total;
	int r = dm_sm_get_nr_blocks(md->metadata_sm, &total);

	if (!r)
		md->reserve = min_t(u64, RESERVE_MAX, div_u64(total, 10));
	return r;
}

/* @sm is the data space map, or an error. */
static int attach(struct ms_md *md, struct dm_space_map *sm)
{
	if (IS_ERR(sm))
		return PTR_ERR(sm);
	md->data_sm = sm;
	md->miscounted = 0;
	md->quick_tm = dm_tm_create_non_blocking_clone(md->tm);
	if (!md->quick_tm)
		return -ENOMEM;
	ms_vol_init_trees(md);
	return set_reserve(md);
}

static int format(struct ms_md *md)
{
	int r;

	r = dm_tm_create_with_sm(md->bm, THIN_SB_WHERE, &md->tm, &md->metadata_sm);
	if (r) {
		md->tm = NULL;
		md->metadata_sm = NULL;
		return r;
	}
	r = attach(md, dm_sm_disk_create(md->tm, 0));
	if (!r)
		r = dm_btree_empty(&md->mappings, &md->mapping_root);
	if (!r)
		r = dm_btree_empty(&md->details, &md->details_root);
	if (!r)
		r = commit(md, true);
	if (r)
		close_trees(md);
	return r;
}

static int judge_sb(struct ms_md *md, struct thin_sb_disk *sb)
{
	if (le32_to_cpu(sb->data_block_size) != md->block_sectors) {
		DMERR("data blocks have %u sectors, not %u",
		      le32_to_cpu(sb->data_block_size), md->block_sectors);
		return -EINVAL;
	}
	if (le32_to_cpu(sb->time) > THIN_MAX_TIME) {
		DMERR("time %u is later than any mapping can say", le32_to_cpu(sb->time));
		return -EINVAL;
	}
	if (sb->incompat_flags) {
		DMERR("features that are not known here: %x", le32_to_cpu(sb->incompat_flags));
		return -EINVAL;
	}
	if (sb->compat_ro_flags && !bdev_read_only(md->bdev)) {
		DMERR("features that are not known here, and forbid writing: %x",
		      le32_to_cpu(sb->compat_ro_flags));
		return -EINVAL;
	}
	return 0;
}

static void take_sb(struct ms_md *md, struct thin_sb_disk *sb)
{
	md->flags = le32_to_cpu(sb->flags);
	md->time = le32_to_cpu(sb->time);
	md->transaction_id = le64_to_cpu(sb->transaction_id);
	md->held = le64_to_cpu(sb->held_root);
	md->mapping_root = le64_to_cpu(sb->mapping_root);
	md->details_root = le64_to_cpu(sb->details_root);
}

static int open_trees(struct ms_md *md)
{
	struct thin_sb_disk *sb;
	struct dm_block *b;
	int r;

	r = dm_bm_read_lock(md->bm, THIN_SB_WHERE, &sb_validator, &b);
	if (r)
		return r;
	sb = dm_block_data(b);
	r = judge_sb(md, sb);
	if (r)
		goto out;
	r = dm_tm_open_with_sm(md->bm, THIN_SB_WHERE, &sb->metadata_sm, sizeof(sb->metadata_sm),
			       &md->tm, &md->metadata_sm);
	if (r) {
		md->tm = NULL;
		md->metadata_sm = NULL;
		goto out;
	}
	take_sb(md, sb);
	r = attach(md, dm_sm_disk_open(md->tm, &sb->data_sm, sizeof(sb->data_sm)));
	if (r)
		close_trees(md);
	else
		md->changes = 0;
out:
	dm_bm_unlock(b);
	return r;
}

static int is_blank(struct ms_md *md, bool *blank)
{
	struct dm_block *b;
	int r = dm_bm_read_lock(md->bm, THIN_SB_WHERE, NULL, &b);

	if (r)
		return r;
	*blank = !memchr_inv(dm_block_data(b), 0, META_BLOCK_SIZE);
	dm_bm_unlock(b);
	return 0;
}

static int open_or_format(struct ms_md *md, bool may_format)
{
	bool blank;
	int r = is_blank(md, &blank);

	if (r)
		return r;
	if (!blank)
		return open_trees(md);
	return may_format ? format(md) : -EPERM;
}

struct ms_md *ms_md_open(struct block_device *bdev, u32 block_sectors, bool may_format)
{
	struct ms_md *md = kzalloc(sizeof(*md), GFP_KERNEL);
	int r;

	if (!md)
		return ERR_PTR(-ENOMEM);
	init_rwsem(&md->lock);
	INIT_LIST_HEAD(&md->volumes);
	md->bdev = bdev;
	md->block_sectors = block_sectors;
	md->bm = dm_block_manager_create(bdev, META_BLOCK_SIZE, LOCKS_PER_THREAD);
	if (IS_ERR(md->bm)) {
		r = PTR_ERR(md->bm);
		goto out;
	}
	down_write(&md->lock);
	r = open_or_format(md, may_format);
	up_write(&md->lock);
	if (r)
		dm_block_manager_destroy(md->bm);
out:
	if (r) {
		kfree(md);
		return ERR_PTR(r);
	}
	return md;
}

/*
 * Comes right after an abort, so the superblock's block is as it was committed
 * and nothing else waits to be written: the flags can go to the disk alone.
 */
static int write_flags(struct ms_md *md)
{
	struct thin_sb_disk *sb;
	struct dm_block *b;
	int r = dm_bm_write_lock(md->bm, THIN_SB_WHERE, &sb_validator, &b);

	if (r)
		return r;
	sb = dm_block_data(b);
	sb->flags = cpu_to_le32(md->flags);
	dm_bm_unlock(b);
	md->owes_flags = dm_bm_flush(md->bm);
	return 0;
}

void ms_md_close(struct ms_md *md)
{
	WARN_ON(ms_vol_forget_unused(md));
	if (md->owes_flags && !md->broken) {
		dm_bm_set_read_write(md->bm);
		if (write_flags(md) || md->owes_flags)
			DMERR("the mark that a check is needed is not on the disk");
	}
	close_trees(md);
	dm_block_manager_destroy(md->bm);
	kfree(md);
}

static int watch_metadata(struct ms_md *md)
{
	return dm_sm_register_threshold_callback(md->metadata_sm, md->threshold, md->low_fn,
						 md->low_context);
}

static int abort_transaction(struct ms_md *md)
{
	/* The library does not think of bios that wait for it. */
	unsigned int noio = memalloc_noio_save();
	int r;

	close_trees(md);
	dm_block_manager_reset(md->bm);
	r = open_or_format(md, false);
	if (!r && md->low_fn)
		r = watch_metadata(md);
	md->broken = r;
	ms_vol_note_abort(md);
	memalloc_noio_restore(noio);
	return r;
}

int ms_md_abort(struct ms_md *md)
{
	return ms_md_locked(md, abort_transaction(md));
}

void ms_md_set_read_only(struct ms_md *md, bool read_only)
{
	down_write(&md->lock);
	if (read_only)
		dm_bm_set_read_only(md->bm);
	else
		dm_bm_set_read_write(md->bm);
	up_write(&md->lock);
}

static int set_needs_check(struct ms_md *md)
{
	int r;

	WRITE_ONCE(md->flags, md->flags | THIN_SB_NEEDS_CHECK);
	r = write_flags(md);
	if (md->owes_flags)
		DMWARN("the mark that a check is needed will be written on closing");
	return r;
}

int ms_md_set_needs_check(struct ms_md *md)
{
	return ms_md_locked(md, set_needs_check(md));
}

bool ms_md_needs_check(struct ms_md *md)
{
	return READ_ONCE(md->flags) & THIN_SB_NEEDS_CHECK;
}

static int get_space(struct dm_space_map *sm, struct ms_space *space)
{
	dm_block_t total, free;
	int r = dm_sm_get_nr_blocks(sm, &total);

	if (!r)
		r = dm_sm_get_nr_free(sm, &free);
	if (r)
		return r;
	space->total = total;
	space->free = free > total ? 0 : free;	/* metadata's counts what was had and freed */
	return 0;
}

int ms_md_data_space(struct ms_md *md, struct ms_space *space)
{
	return ms_md_locked_read(md, get_space(md->data_sm, space));
}

int ms_md_metadata_space(struct ms_md *md, struct ms_space *space)
{
	int r = ms_md_locked_read(md, get_space(md->metadata_sm, space));

	if (!r)
		space->free -= min(space->free, md->reserve);
	return r;
}

static int grow(struct ms_md *md, struct dm_space_map *sm, u64 nr_blocks)
{
	dm_block_t now;
	int r = dm_sm_get_nr_blocks(sm, &now);

	if (r)
		return r;
	if (nr_blocks < now)
		return -EINVAL;
	md->changes++;
	r = dm_sm_extend(sm, nr_blocks - now);
	return r ? r : set_reserve(md);
}

int ms_md_resize_data(struct ms_md *md, u64 nr_blocks)
{
	return ms_md_locked(md, grow(md, md->data_sm, nr_blocks));
}

int ms_md_resize_metadata(struct ms_md *md, u64 nr_blocks)
{
	return ms_md_locked(md, grow(md, md->metadata_sm, nr_blocks));
}

int ms_md_watch_metadata(struct ms_md *md, u64 threshold, dm_sm_threshold_fn fn, void *context)
{
	return ms_md_locked(md, (md->threshold = threshold, md->low_fn = fn,
				 md->low_context = context, watch_metadata(md)));
}

static int set_transaction_id(struct ms_md *md, u64 old, u64 new)
{
	if (md->transaction_id != old)
		return -EINVAL;
	md->changes++;
	md->transaction_id = new;
	return 0;
}

int ms_md_set_transaction_id(struct ms_md *md, u64 old, u64 new)
{
	return ms_md_locked(md, set_transaction_id(md, old, new));
}

u64 ms_md_transaction_id(struct ms_md *md)
{
	return md->transaction_id;
}

/*
 * A copy of the committed superblock, without its space maps.  Shadowing makes
 * it: with a count of 2, the old block stays, and the new one is the copy.
 */
static int copy_sb(struct ms_md *md, u64 *where, u64 *mapping_root, u64 *details_root)
{
	struct thin_sb_disk *sb;
	struct dm_block *copy;
	int shared;
	int r = dm_sm_inc_block(md->metadata_sm, THIN_SB_WHERE);

	if (!r)
		r = dm_tm_shadow_block(md->tm, THIN_SB_WHERE, &sb_validator, &copy, &shared);
	if (r)
		return r;
	sb = dm_block_data(copy);
	memset(&sb->data_sm, 0, sizeof(sb->data_sm));
	memset(&sb->metadata_sm, 0, sizeof(sb->metadata_sm));
	*where = dm_block_location(copy);
	*mapping_root = le64_to_cpu(sb->mapping_root);
	*details_root = le64_to_cpu(sb->details_root);
	dm_tm_unlock(md->tm, copy);
	return 0;
}

static int hold(struct ms_md *md)
{
	u64 where, mapping_root, details_root;
	int r;

	if (md->held)
		return -EBUSY;
	md->changes++;
	r = copy_sb(md, &where, &mapping_root, &details_root);
	if (!r)
		r = dm_sm_inc_block(md->metadata_sm, mapping_root);
	if (!r)
		r = dm_sm_inc_block(md->metadata_sm, details_root);
	if (!r)
		md->held = where;
	return r;
}

int ms_md_hold(struct ms_md *md)
{
	return ms_md_locked(md, hold(md));
}

static int drop(struct ms_md *md)
{
	u64 mapping_root, details_root;
	struct thin_sb_disk *sb;
	struct dm_block *b;
	int r;

	if (!md->held)
		return -EINVAL;
	r = dm_tm_read_lock(md->tm, md->held, &sb_validator, &b);
	if (r)
		return r;
	sb = dm_block_data(b);
	mapping_root = le64_to_cpu(sb->mapping_root);
	details_root = le64_to_cpu(sb->details_root);
	dm_tm_unlock(md->tm, b);

	md->changes++;
	r = dm_btree_del(&md->mappings, mapping_root);
	if (!r)
		r = dm_btree_del(&md->details, details_root);
	if (!r)
		r = dm_sm_dec_block(md->metadata_sm, md->held);
	if (!r)
		md->held = 0;
	return r;
}

int ms_md_drop(struct ms_md *md)
{
	return ms_md_locked(md, drop(md));
}

u64 ms_md_held(struct ms_md *md)
{
	return md->held;
}

void ms_md_prefetch(struct ms_md *md)
{
	(void)ms_md_locked_read(md, (dm_tm_issue_prefetches(md->tm), 0));
}

static int alloc(struct ms_md *md, u64 *block)
{
	int r = dm_sm_new_block(md->data_sm, block);

	if (r != -ENOSPC)
		md->changes++;
	return r;
}

int ms_data_alloc(struct ms_md *md, u64 *block)
{
	return ms_md_locked(md, alloc(md, block));
}

int ms_data_inc(struct ms_md *md, u64 begin, u64 end)
{
	return ms_md_locked(md, (md->changes++, dm_sm_inc_blocks(md->data_sm, begin, end)));
}

int ms_data_dec(struct ms_md *md, u64 begin, u64 end)
{
	return ms_md_locked(md, (md->changes++, dm_sm_dec_blocks(md->data_sm, begin, end)));
}

int ms_data_count(struct ms_md *md, u64 block, u32 *count)
{
	return ms_md_locked_read(md, dm_sm_get_count(md->data_sm, block, count));
}
