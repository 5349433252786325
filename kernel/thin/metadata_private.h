/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What metadata.c (superblock, space, transactions) and volume.c (volumes and
 * their mappings) share.  Nobody else includes it.
 *
 * ms_md.lock guards everything below it and all persistent data structures.
 */
#ifndef MULTISNAP_METADATA_PRIVATE_H
#define MULTISNAP_METADATA_PRIVATE_H

#include <linux/list.h>
#include <linux/rwsem.h>

#include <meta/format.h>

#include "persistent-data/dm-btree.h"
#include "persistent-data/dm-space-map.h"
#include "persistent-data/dm-transaction-manager.h"

#include "metadata.h"

#define DM_MSG_PREFIX "multisnap metadata"

struct ms_md {
	struct rw_semaphore lock;
	struct block_device *bdev;
	struct dm_block_manager *bm;

	/* Made anew by each abort. */
	struct dm_transaction_manager *tm;
	struct dm_transaction_manager *quick_tm;	/* never reads the disk */
	struct dm_space_map *metadata_sm;
	struct dm_space_map *data_sm;

	struct dm_btree_info mappings;		/* id, thin block -> data block, time */
	struct dm_btree_info quick_mappings;
	struct dm_btree_info roots;		/* id -> root of a volume's tree */
	struct dm_btree_info plain_roots;	/* the same, without counting */
	struct dm_btree_info volume;		/* one volume: thin block -> ... */
	struct dm_btree_info details;		/* id -> struct thin_details_disk */

	/* The superblock to be. */
	u64 mapping_root;
	u64 details_root;
	u64 transaction_id;
	u64 held;
	u32 time;
	u32 flags;
	u32 block_sectors;

	struct list_head volumes;	/* open ones, and changed ones */
	u64 reserve;			/* metadata blocks kept for commits */
	u64 threshold;
	dm_sm_threshold_fn low_fn;
	void *low_context;

	unsigned int changes;		/* since the commit; raised before each */
	bool broken;			/* a rollback failed */
	bool owes_flags;		/* they could not be written */
	int miscounted;			/* why some count is not what the trees say, or 0 */
};

struct ms_vol {
	struct list_head list;
	struct ms_md *md;
	u32 id;
	unsigned int nr_users;
	bool dirty;			/* details differ from the tree's */
	bool lost_changes;

	u64 nr_mapped;
	u64 transaction_id;
	u32 creation_time;
	u32 snapshotted_time;
};

/*
 * What @call returns, which is done under the lock, held for writing or for
 * reading; -EIO, and not done: a rollback failed.
 */
#define MS_MD_LOCKED(md, how, call)	\
({					\
	struct ms_md *md_ = (md);	\
	int r_ = -EIO;			\
					\
	down_##how(&md_->lock);		\
	if (likely(!md_->broken))	\
		r_ = (call);		\
	up_##how(&md_->lock);		\
	r_;				\
})
#define ms_md_locked(md, call)		MS_MD_LOCKED(md, write, call)
#define ms_md_locked_read(md, call)	MS_MD_LOCKED(md, read, call)

/* Tells the trees what their values mean. */
void ms_vol_init_trees(struct ms_md *md);

/* Brings the details of changed volumes into their tree. */
int ms_vol_write_details(struct ms_md *md);

/* Nothing of the volumes can be lost any more.  Not before the commit has succeeded. */
void ms_vol_note_commit(struct ms_md *md);

/* The trees are as they were at the last commit; so are the volumes, then. */
void ms_vol_note_abort(struct ms_md *md);

/* Forgets volumes that nobody uses.  The number of those in use. */
unsigned int ms_vol_forget_unused(struct ms_md *md);

#endif
