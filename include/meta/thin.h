/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin - thin-pool metadata in the order of this machine: the superblock, and
 * a pool as a sequence of devices, shared definitions and runs of mappings.
 *
 * Sizes and addresses of data count in the pool's data blocks, except where a
 * name says sectors.  The facts about the disk are in meta/format.h.
 */
#ifndef META_THIN_H
#define META_THIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "meta/engine.h"
#include "meta/fault.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sm_root {
	uint64_t nr_blocks;
	uint64_t nr_allocated;
	uint64_t index_root;
	uint64_t overflow_root;
};

struct thin_sb {
	uint32_t flags;			/* THIN_SB_NEEDS_CHECK */
	uint8_t uuid[16];
	uint32_t version;
	uint32_t time;
	uint64_t transaction_id;
	uint64_t held_root;		/* 0: no metadata snapshot */
	struct sm_root data_sm;
	struct sm_root metadata_sm;
	uint64_t mapping_root;
	uint64_t details_root;
	uint32_t data_block_size;	/* sectors */
	uint32_t metadata_block_size;	/* sectors */
	uint64_t metadata_nr_blocks;
	uint32_t compat_flags;
	uint32_t compat_ro_flags;
	uint32_t incompat_flags;
};

/* The pool, as dumps have it. */
struct thin_pool {
	uint32_t time;
	uint64_t transaction_id;
	uint32_t flags;
	uint32_t version;
	uint32_t data_block_size;	/* sectors */
	uint64_t nr_data_blocks;
	uint64_t metadata_snap;		/* its block; 0: none */
};

struct thin_device {
	uint32_t dev_id;
	uint64_t mapped_blocks;
	uint64_t transaction_id;	/* at creation */
	uint32_t creation_time;
	uint32_t snapshotted_time;
};

/* Thin blocks @thin_begin and on are data blocks @data_begin and on. */
struct thin_run {
	uint64_t thin_begin;
	uint64_t data_begin;
	uint64_t length;		/* blocks, at least 1 */
	uint32_t time;
};

/*
 * A pool as a sequence of calls.  Readers make them, writers implement them:
 *
 *	pool_begin
 *	    def_begin  runs...  def_end
 *	    device_begin  (runs | ref)...  device_end
 *	pool_end
 *
 * Definitions are mappings that several devices share; @id is from 1 on, each
 * comes before the first device that refers to it, and does not nest.  Within
 * a device or a definition thin addresses ascend.  Runs come as many at a time
 * as the reader likes; they are as long as they can be, but never go across
 * the begin or end of a definition or a ref.
 *
 * All calls come in this order, one at a time, though not always from one
 * thread.  What is not 0 ends the reading and is handed up.  A NULL member is
 * a call that the writer does not need.
 */
struct thin_emit {
	int (*pool_begin)(void *arg, const struct thin_pool *pool);
	int (*def_begin)(void *arg, uint64_t id);
	int (*def_end)(void *arg);
	int (*device_begin)(void *arg, const struct thin_device *device);
	int (*device_end)(void *arg);
	int (*ref)(void *arg, uint64_t id);
	int (*runs)(void *arg, const struct thin_run *runs, size_t nr);
	int (*pool_end)(void *arg);
};

/*
 * Reads and judges the superblock; with @metadata_snap the metadata
 * snapshot's, whose space map roots are then the live ones.  0; -EUCLEAN with
 * @f; -ENODATA when there is no metadata snapshot; or what reading gave.
 */
int thin_sb_read(struct engine *e, bool metadata_snap, struct thin_sb *sb, struct fault *f);

/*
 * How far a long piece of work is, in blocks or bytes.  The library counts up
 * while it works; any thread may look, atomically.
 */
struct progress {
	uint64_t done;
	uint64_t total;			/* 0: not known yet */
};

#ifdef __cplusplus
}
#endif

#endif
