/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * metadata - transactions on a pool's metadata device.
 *
 * The only view that the rest of the target has of the disk.  What is on it
 * is in <meta/format.h>.
 *
 * Changes pile up in memory until ms_md_commit() makes all of them durable at
 * once; ms_md_abort() forgets them.  A change that fails halfway leaves the
 * transaction unfit for a commit: abort it, unless the function says that it
 * refuses cleanly.
 *
 * Context: everything here may sleep, ms_vol_lookup(..., false) only for the
 * lock, never for the disk.  Any number of readers may call at once; calls that
 * change anything come from the pool's worker or from constructors, and take
 * the lock for writing.  After a failed rollback everything returns -EIO.
 */
#ifndef MULTISNAP_METADATA_H
#define MULTISNAP_METADATA_H

#include <linux/blkdev.h>

#include "persistent-data/dm-space-map.h"

struct ms_md;
struct ms_vol;

/* What a thin block is mapped to. */
struct ms_mapping {
	u64 data;		/* data block */
	bool shared;		/* perhaps with a snapshot: do not overwrite */
};

/* @len thin blocks from @thin on are mapped to data blocks from @data on. */
struct ms_run {
	u64 thin;
	u64 data;
	u64 len;
	bool shared;
};

/* Blocks of one of the devices. */
struct ms_space {
	u64 total;
	u64 free;
};

/*
 * Opens what is on @bdev, or formats it if the first block is all zero and
 * @may_format.  -EPERM: empty, and may not be formatted.  -ENOTBLK, -EILSEQ:
 * this is no thin metadata.  -EINVAL: another block size, a time that mappings
 * have no room for, or features that are not known here.
 */
struct ms_md *ms_md_open(struct block_device *bdev, u32 block_sectors, bool may_format);

/* All volumes must be closed.  What was not committed is lost. */
void ms_md_close(struct ms_md *md);

/* The caller has flushed the data device. */
int ms_md_commit(struct ms_md *md);

/* Back to the last commit.  An error means that this was not possible. */
int ms_md_abort(struct ms_md *md);

/* How many changes there were since the commit, at least: who sees none has nothing to commit. */
unsigned int ms_md_changes(struct ms_md *md);

/* Refuses all writes from now on, or no more. */
void ms_md_set_read_only(struct ms_md *md, bool read_only);

/* The flag that keeps a pool from being written to until it was checked. */
int ms_md_set_needs_check(struct ms_md *md);
bool ms_md_needs_check(struct ms_md *md);

/* What is free, also what can be had only after a commit, as it was used in the last one. */
int ms_md_data_space(struct ms_md *md, struct ms_space *space);
/* What can be had now, without the reserve that commits need. */
int ms_md_metadata_space(struct ms_md *md, struct ms_space *space);

/* How many blocks metadata on @bdev can have. */
u64 ms_md_usable_blocks(struct block_device *bdev);

/* Grow only.  -EINVAL, cleanly: fewer blocks than there are. */
int ms_md_resize_data(struct ms_md *md, u64 nr_blocks);
int ms_md_resize_metadata(struct ms_md *md, u64 nr_blocks);

/* @fn is called when free metadata gets below @threshold, under the lock. */
int ms_md_watch_metadata(struct ms_md *md, u64 threshold, dm_sm_threshold_fn fn, void *context);

/* Clean refusal: -EINVAL if the id is not @old. */
int ms_md_set_transaction_id(struct ms_md *md, u64 old, u64 new);
u64 ms_md_transaction_id(struct ms_md *md);

/*
 * The metadata snapshot: a copy of the superblock and of all that it leads to,
 * for user space to read.  It shows the last commit, so there must be no other
 * change since.  Clean refusals: -EBUSY if there is one, -EINVAL if there is none
 * to drop.
 */
int ms_md_hold(struct ms_md *md);
int ms_md_drop(struct ms_md *md);
/* Its block, 0 if there is none. */
u64 ms_md_held(struct ms_md *md);

/*
 * Clean refusals of these: -EEXIST, -ENODATA, -EBUSY, -EOVERFLOW; of the first two also
 * -ENOMEM.  The third only after a commit.
 */
int ms_md_create(struct ms_md *md, u32 id);
int ms_md_snapshot(struct ms_md *md, u32 id, u32 origin);
int ms_md_delete(struct ms_md *md, u32 id);

/* -ENODATA: no such volume.  An open one cannot be deleted. */
int ms_vol_open(struct ms_md *md, u32 id, struct ms_vol **vol);
void ms_vol_close(struct ms_vol *vol);

/*
 * -ENODATA: a hole.  -EWOULDBLOCK, only if not @may_read: not in memory, and
 * ms_md_prefetch() will read it.
 */
int ms_vol_lookup(struct ms_vol *vol, u64 thin, bool may_read, struct ms_mapping *result);
void ms_md_prefetch(struct ms_md *md);

/* The first run in [begin, end) of at most @max blocks; -ENODATA: none. */
int ms_vol_next_run(struct ms_vol *vol, u64 begin, u64 end, u64 max, struct ms_run *run);

/* Maps @thin to @data, which becomes the volume's; drops what it was mapped to. */
int ms_vol_map(struct ms_vol *vol, u64 thin, u64 data);
/* The first @max blocks in [begin, end) that are mapped. */
int ms_vol_unmap(struct ms_vol *vol, u64 begin, u64 end, u64 max);

/* Has the volume changed since the last commit? */
bool ms_vol_is_dirty(struct ms_vol *vol);
/* Were changes of this volume lost in an abort? */
bool ms_vol_lost_changes(struct ms_vol *vol);
u64 ms_vol_nr_mapped(struct ms_vol *vol);
/* -ENODATA: nothing is mapped. */
int ms_vol_highest(struct ms_vol *vol, u64 *thin);

/* -ENOSPC cleanly. */
int ms_data_alloc(struct ms_md *md, u64 *block);
int ms_data_inc(struct ms_md *md, u64 begin, u64 end);
int ms_data_dec(struct ms_md *md, u64 begin, u64 end);
int ms_data_count(struct ms_md *md, u64 block, u32 *count);

#endif
