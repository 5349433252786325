/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ls_pool - a pool whose devices and trees are looked at as a whole: listed,
 * turned round, compared.
 *
 *	ls_pool_open	superblock and devices
 *	ls_pool_load	the shape of the mapping trees of all devices
 *	ls_pool_visit	every distinct leaf once, in the order of the disk
 *
 * What is told about trees holds for whole trees only, so damage ends it.  Of
 * several faults that a step finds, the first by fault_compare() is told, with
 * the device that it hits.
 */
#ifndef THIN_LS_POOL_H
#define THIN_LS_POOL_H

#include "thin/devices.h"
#include "thin/forest.h"

struct ls_pool {
	struct engine *engine;
	unsigned nr_threads;
	struct progress *progress;	/* or NULL */
	struct thin_sb sb;
	struct devices devices;
	struct forest forest;
	struct forest_root *roots;	/* one for each device */
	bool has_all;			/* roots are those of all devices */
};

/* Which superblock, and how it is read; what the options of all callers say. */
struct ls_pool_source {
	struct engine *engine;
	bool metadata_snap;
	uint64_t metadata_snap_block;	/* not 0: it must be there */
	unsigned nr_threads;		/* 0: one for each processor */
	struct progress *progress;	/* or NULL */
};

/*
 * Reads the superblock; after 0, ls_pool_read_devices() the devices as well.
 * ls_pool_exit() is due in any case.  0; -EUCLEAN with @f; -ENODATA when there
 * is no metadata snapshot, -ESTALE when it is elsewhere, at f->found; or -ENOMEM.
 */
int ls_pool_open(struct ls_pool *p, const struct ls_pool_source *s, struct fault *f);
int ls_pool_read_devices(struct ls_pool *p, struct fault *f);
void ls_pool_exit(struct ls_pool *p);

/*
 * Learns the shape of the trees of all devices, or of the @nr trees at @blocks,
 * which is then what p->roots has.  0, -EUCLEAN with @f, or -ENOMEM.
 */
int ls_pool_load(struct ls_pool *p, struct fault *f);
int ls_pool_load_roots(struct ls_pool *p, const uint32_t *blocks, size_t nr, struct fault *f);

/*
 * Called for a leaf, on any worker.  All data blocks that it names are blocks
 * of the pool.  An error ends the visit.
 */
typedef int (*ls_leaf_fn)(void *arg, uint32_t leaf, const struct node *n);

/* Reads and judges all leaves.  0, -EUCLEAN with @f, -ENOMEM, or @fn's error. */
int ls_pool_visit(struct ls_pool *p, ls_leaf_fn fn, void *arg, struct fault *f);

/*
 * After that: forest_keep() of a forest that is sparse, as it was made before it was
 * loaded.  Of such a pool the device that damage hits is not told.  As ls_pool_load().
 */
int ls_pool_keep(struct ls_pool *p, const struct bits *leaves, struct fault *f);

/*
 * Judges whether all data blocks that leaf @n at @where names are below
 * @nr_data_blocks.  0, or -EUCLEAN with @f.
 */
int ls_pool_judge_data(const struct node *n, uint64_t where, uint64_t nr_data_blocks,
		       struct fault *f);

#endif
