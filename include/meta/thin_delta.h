/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_delta - how the mappings of two devices differ.
 *
 * Mappings are compared by data block, whatever their times, so any two
 * devices of a pool may be compared.  Leaves that both have in common are the
 * same without a look at them; they are read only if what is the same is
 * wanted, and then once.
 */
#ifndef META_THIN_DELTA_H
#define META_THIN_DELTA_H

#include "meta/thin.h"

#ifdef __cplusplus
extern "C" {
#endif

enum thin_delta_kind {
	THIN_DELTA_SAME,
	THIN_DELTA_DIFFERENT,		/* both are mapped, to different data blocks */
	THIN_DELTA_LEFT_ONLY,
	THIN_DELTA_RIGHT_ONLY,
	NR_THIN_DELTA_KINDS
};

struct thin_delta_run {
	enum thin_delta_kind kind;
	uint64_t thin_begin;
	uint64_t length;		/* blocks, at least 1 */
	/* Where the first block is mapped, on the sides that map it. */
	uint64_t left_data;
	uint64_t right_data;
};

/* A device, or the tree at a block of metadata. */
struct thin_delta_side {
	bool is_root;
	uint64_t number;
};

struct thin_delta_opts {
	struct thin_delta_side sides[2];	/* left, right */
	bool wanted[NR_THIN_DELTA_KINDS];	/* these only */
	bool by_data;			/* all blocks of a run are mapped in a row */
	bool metadata_snap;		/* compare in the metadata snapshot */
	uint64_t metadata_snap_block;	/* not 0: it must be there */
	unsigned nr_threads;		/* 0: as many as there are processors */
	struct progress *progress;	/* or NULL */
};

/*
 * Calls that are made one at a time and in this order: begin, runs, end.  Runs
 * come as many at a time as it happens, thin addresses ascend, and they are as
 * long as they can be.  What is not 0 ends it and is handed up.
 */
struct thin_delta_emit {
	int (*begin)(void *arg, const struct thin_pool *pool);
	int (*runs)(void *arg, const struct thin_delta_run *runs, size_t nr);
	int (*end)(void *arg);
};

/*
 * Compares two devices on @e and makes the calls of @emit with @arg.
 *
 * 0; -EUCLEAN with @f for damage in what had to be read: all runs before a
 * damaged leaf have been handed out, and no end.  Before any call: -ENXIO when
 * there is no device f->dev_id; -ERANGE when the root f->found is not below
 * f->wanted, the blocks that there are; -ENODATA when there is no metadata
 * snapshot, -ESTALE when it is not at metadata_snap_block but at f->found.
 * -ENOMEM, or what a call returned.
 */
int thin_delta(struct engine *e, const struct thin_delta_opts *o,
	       const struct thin_delta_emit *emit, void *arg, struct fault *f);

#ifdef __cplusplus
}
#endif

#endif
