/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pool - what the files of the target share: pools, active thin devices, and
 * changes of mappings that are under way.
 *
 * How a bio travels is told in ../DESIGN.md.  In short: ms_map() sends what is
 * mapped straight to the data device.  Everything else waits for the pool's
 * worker, the only thread that changes metadata or mode.
 *
 * Locks, in the order in which they are taken:
 *
 *	ms_pools.lock	mutex: the list of pools and their user counts
 *	ms_md.lock	rw semaphore, inside metadata
 *	ms_pool.lock	spin, irqs off: lists that the worker empties, thins
 *	ms_thin.lock	spin, irqs off: bios that wait in a thin device
 *	ms_traffic.lock	spin, irqs off: bios in flight; none of the others inside
 */
#ifndef MULTISNAP_POOL_H
#define MULTISNAP_POOL_H

#include <linux/bio.h>
#include <linux/device-mapper.h>
#include <linux/dm-kcopyd.h>
#include <linux/mempool.h>
#include <linux/workqueue.h>

#include <meta/format.h>

#include "dm.h"
#include "dm-bio-prison-v1.h"

#include "compat.h"
#include "metadata.h"

#define DM_MSG_PREFIX "multisnap"

/* From good to bad; what a mode cannot do, no later one can. */
enum ms_mode {
	MS_WRITE,
	MS_NO_DATA_SPACE,	/* writes that need a block wait, or fail */
	MS_NO_METADATA_SPACE,	/* as read-only, until the device grows */
	MS_READ_ONLY,
	MS_FAIL,
};

struct ms_features {
	bool read_only;
	bool zero;		/* new blocks */
	bool discard;
	bool passdown;		/* discards reach the data device */
	bool error_if_no_space;
};

struct ms_pool {
	struct list_head list;			/* ms_pools.lock */
	unsigned int nr_users;			/* ms_pools.lock */
	struct mapped_device *dm;
	struct block_device *metadata_bdev;
	struct block_device *data_bdev;
	u32 block_sectors;
	int block_shift;			/* of block_sectors; -1: no power of 2 */

	struct ms_md *md;
	struct dm_bio_prison *prison;		/* the worker's */
	struct dm_kcopyd_client *copier;
	struct workqueue_struct *wq;		/* ordered: one thing at a time */
	struct work_struct work;
	struct delayed_work tick;		/* a commit, a second after a change */
	struct delayed_work no_space;		/* gives up waiting for space */
	mempool_t changes;

	/* Written by the worker, or while there are no thin devices. */
	struct dm_target *ti;			/* the table in force; nobody else's to read */
	sector_t sectors;			/* its whole blocks */
	struct ms_features features;
	enum ms_mode mode;
	u64 low_water;				/* data blocks */
	bool low_water_told;
	bool dropped_shared;			/* a shared block lost a user since the commit */
	struct ms_change *spare;
	struct list_head claims;		/* changes that have counted blocks */

	wait_queue_head_t unpinned;		/* a thin device was */

	spinlock_t lock;
	bool suspended;				/* no new thin devices */
	struct list_head thins;			/* active ones; changed under ms_pools.lock too */
	struct list_head runnable;		/* thins whose bios wait for the worker */
	struct list_head ready;			/* changes that can go on */
	struct bio_list flushes;		/* go on after a commit */
	struct bio_list acks;			/* end after a commit */
};

/* Counters of blocks that are being changed, by the block's low bits. */
#define MS_BUSY_SLOTS 64

/*
 * Bios and changes of one volume.  If two devices have the same volume, or two
 * tables of one device, they share it.
 */
struct ms_traffic {
	unsigned int nr_users;			/* ms_pools.lock */

	/* traffic.c: mapped bios in flight */
	spinlock_t lock;
	unsigned int now;			/* the group that bios join, 0 or 1 */
	unsigned int nr[2];
	struct list_head waiting;
	struct list_head next;

	/* change.c */
	atomic_t busy_ranges;			/* changes of more than one block */
	atomic_t busy[MS_BUSY_SLOTS];
};

struct ms_thin {
	struct list_head list;			/* in ms_pool.thins */
	struct list_head runnable;		/* in ms_pool.runnable */
	struct ms_pool *pool;
	struct dm_target *ti;
	struct mapped_device *dm;
	struct dm_dev *pool_dev;
	struct dm_dev *origin_dev;		/* external origin, or NULL */
	sector_t origin_sectors;
	struct ms_vol *vol;
	u32 id;
	bool early;				/* activated as "multisnap" */
	bool requeue;				/* noflush suspend: hand everything back */
	bool active;				/* bios may come; written by the worker */
	bool stopped;				/* together with the pool; ms_pool.lock */
	bool pinned;				/* must not go away; ms_pool.lock */
	struct ms_traffic *traffic;

	spinlock_t lock;
	struct bio_list waiting;		/* for the worker */
	struct bio_list parked;			/* for space */
};

/* Beside each bio of a thin device. */
struct ms_hook {
	struct ms_thin *thin;			/* another one may wait in the same cell */
	unsigned int group;			/* of ms_traffic */
	bool entered;				/* in flight on a mapped block */
	struct ms_change *change;		/* this bio fills the whole block for it */
};

#define MS_DISCARD_RUNS 16

/*
 * A change of what [begin, end) of a thin device is mapped to.  It owns the
 * cell of that range from beginning to end, so bios for it wait in the cell.
 * What must be done before the next step counts in @waits; when that gets to
 * 0, the worker calls @next.
 */
struct ms_change {
	struct list_head list;			/* in ms_pool.ready */
	struct list_head quiesced;		/* in ms_traffic.waiting, next */
	struct list_head claim;			/* in ms_pool.claims */
	struct ms_thin *thin;
	struct dm_bio_prison_cell cell;
	u64 begin, end;				/* thin blocks */
	u64 data;				/* the new data block */
	bool breaks_sharing;
	struct bio *filler;			/* writes all of the new block */
	atomic_t waits;
	blk_status_t status;
	void (*next)(struct ms_change *c);

	/* What it has counted; provision.c: @data, discard.c: what it has unmapped. */
	unsigned int nr_runs;
	struct ms_run runs[MS_DISCARD_RUNS];
	u64 at;					/* how far a discard got */
};

static inline struct ms_hook *ms_hook(struct bio *bio)
{
	return dm_per_bio_data(bio, sizeof(struct ms_hook));
}

static inline bool ms_is_discard(struct bio *bio)
{
	return bio_op(bio) == REQ_OP_DISCARD;
}

static inline u64 ms_sector_to_block(struct ms_pool *pool, sector_t sector)
{
	if (likely(pool->block_shift >= 0))
		return sector >> pool->block_shift;
	(void)sector_div(sector, pool->block_sectors);
	return sector;
}

static inline enum ms_mode ms_mode(struct ms_pool *pool)
{
	return READ_ONCE(pool->mode);
}

/* pool.c: pools, their worker, commits */

struct ms_pools {
	struct mutex lock;
	struct list_head list;
};
extern struct ms_pools ms_pools;

/* These three under ms_pools.lock.  get: by devices, made if there is none. */
struct ms_pool *ms_pool_get(struct mapped_device *dm, struct block_device *metadata,
			    struct block_device *data, u32 block_sectors, bool read_only,
			    bool *made, char **error);
struct ms_pool *ms_pool_find(struct mapped_device *dm);
void ms_pool_put(struct ms_pool *pool);

/* Wakes the worker; any context. */
void ms_pool_wake(struct ms_pool *pool);
/* Bios wait in @thin.  Does not wake the worker. */
void ms_pool_add_runnable(struct ms_pool *pool, struct ms_thin *thin);

/* Runs @fn on the worker's queue and waits for it.  Not from the worker. */
int ms_pool_call(struct ms_pool *pool, int (*fn)(struct ms_pool *pool, void *arg), void *arg);

/*
 * Worker.  Flushes the data device and commits; -EROFS if the mode forbids it.  The
 * mode can be another one afterwards, as space is looked at.
 */
int ms_pool_commit(struct ms_pool *pool);
/* Worker.  Commits if there is little metadata space, before the reserve for that is used. */
int ms_pool_keep_reserve(struct ms_pool *pool);

/* All thin devices with it, and no new ones meanwhile. */
void ms_pool_suspend(struct ms_pool *pool);
void ms_pool_resume(struct ms_pool *pool);
/* Suspended thin devices have no bios any more: ends what the worker does. */
void ms_pool_quiet(struct ms_pool *pool);

/* mode.c: worker */

/* To @mode, or as far as that is allowed; the table remembers it. */
void ms_mode_set(struct ms_pool *pool, enum ms_mode mode);
/* A change of metadata failed: back to the last commit, and read-only. */
void ms_metadata_failed(struct ms_pool *pool, const char *what, int error);
/* After a commit: is there space, is there again? */
void ms_mode_check_metadata_space(struct ms_pool *pool);
void ms_mode_check_data_space(struct ms_pool *pool);
/* What to end a bio with that needs space or metadata; 0: park it. */
blk_status_t ms_mode_refusal(struct ms_pool *pool);
void ms_no_space_timeout(struct work_struct *work);

/* bio.c: bios on their way */

/* What a thin device does with a bio, and after it. */
int ms_map(struct dm_target *ti, struct bio *bio);
int ms_end_io(struct dm_target *ti, struct bio *bio, blk_status_t *error);
/* Any context: the worker will look at the bio. */
void ms_defer(struct bio *bio);
/* Worker.  Sends the bio to @data, after a commit if it must. */
void ms_submit(struct bio *bio, u64 data);
/* Worker.  Ends a read of a hole, or sends it to the external origin. */
void ms_read_hole(struct bio *bio);
/* Worker.  Like it, but the block is not mapped yet. */
void ms_submit_filler(struct bio *bio, u64 data);
void ms_end_bio(struct bio *bio, blk_status_t status);
/* Worker.  Parks the bio until there is space, or ends it. */
void ms_park(struct bio *bio);
/* Parked bios are tried again. */
void ms_unpark_all(struct ms_pool *pool);
/* Parked bios end with @status. */
void ms_fail_parked(struct ms_pool *pool, blk_status_t status);
/* Worker.  Everything that waits goes back to device-mapper. */
void ms_requeue(struct ms_thin *thin);
/* Worker.  Handles what waits. */
void ms_run_waiting(struct ms_thin *thin);

/* traffic.c: who waits for bios in flight */

/* Of memory that is all zero. */
void ms_traffic_init(struct ms_traffic *t);
/* A bio comes: its group, with which it leaves.  Who need not wait any more is added to @over. */
unsigned int ms_traffic_enter(struct ms_traffic *t);
void ms_traffic_leave(struct ms_traffic *t, unsigned int group, struct list_head *over);
/* @who waits for the bios in flight now; false: there are none. */
bool ms_traffic_wait(struct ms_traffic *t, struct list_head *who);

/* change.c: changes of mappings, by the worker */

/*
 * Locks the range [begin, end) for @bio.  NULL: someone else changes it, and
 * the bio waits there; or -ENOMEM: try again when a change has ended.
 */
struct ms_change *ms_change_begin(struct ms_thin *thin, u64 begin, u64 end, struct bio *bio);
/* Unlocks; what waited is added to @bios. */
void ms_change_end(struct ms_change *c, struct bio_list *bios);
/* One thing less to wait for; any context. */
void ms_change_put(struct ms_change *c);
/* The same, by the worker, which goes on at once if that was the last. */
void ms_change_run(struct ms_change *c);
/* One thing more: bios that are in flight on the thin device now. */
void ms_change_quiesce(struct ms_change *c);
bool ms_is_busy(struct ms_traffic *traffic, u64 block);

/* Counts the runs of @c once more, or once less: ms_data_inc, ms_data_dec. */
int ms_change_count(struct ms_change *c, int (*count)(struct ms_md *md, u64 begin, u64 end));
/*
 * While @c has a claim, its runs are counted once more than they are mapped.
 * Nobody would find them after a crash; so commits leave such counts out.
 * After an abort, which forgets them: ms_claims_count(pool, ms_data_inc).
 */
void ms_change_claim(struct ms_change *c);
void ms_change_unclaim(struct ms_change *c);
int ms_claims_count(struct ms_pool *pool, int (*count)(struct ms_md *md, u64 begin, u64 end));

/* provision.c, discard.c: what the worker does with a bio it has locked the range of */

/* @bio writes into a hole; or into @old, which is shared. */
void ms_provision(struct ms_change *c, struct bio *bio);
void ms_break_sharing(struct ms_change *c, struct bio *bio, u64 old);
/* -ENOMEM: nothing done, try again later. */
int ms_discard(struct ms_thin *thin, struct bio *bio);

/* message.c, status.c: interfaces */

/* -EINVAL, and says so: it is none. */
int ms_parse_id(const char *arg, u32 *id);

/* As in struct target_type. */
int ms_message(struct dm_target *ti, unsigned int argc, char **argv, char *result,
	       unsigned int max);
void ms_pool_status(struct dm_target *ti, status_type_t type, unsigned int flags, char *result,
		    unsigned int max);
void ms_thin_status(struct dm_target *ti, status_type_t type, unsigned int flags, char *result,
		    unsigned int max);

/* pool_target.c: what a table says */

struct ms_table {
	struct ms_pool *pool;
	struct dm_dev *metadata_dev;
	struct dm_dev *data_dev;
	u64 low_water;				/* data blocks */
	u64 low_water_asked;			/* the same; early: sectors */
	struct ms_features asked;
	struct ms_features granted;
	enum ms_mode mode;			/* to go to on resume */
	bool early;				/* loaded as "multisnap-pool" */
};

/* Metadata blocks left when an event is due. */
u64 ms_metadata_low_water(struct ms_pool *pool);

/* thin_target.c */

/*
 * Worker.  Unmaps what is past @sectors of volume @id; 1: of that a part, call again after a
 * commit.  -EBUSY, cleanly: bios may come for it.
 */
int ms_thin_trim(struct ms_pool *pool, u32 id, struct ms_vol *vol, u64 sectors);

extern struct target_type ms_pool_types[2];	/* thin-pool, multisnap-pool */
extern struct target_type ms_thin_types[2];	/* thin, multisnap */

#endif
