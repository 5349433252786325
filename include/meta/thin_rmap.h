/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_rmap - which devices map given data blocks, and where. */
#ifndef META_THIN_RMAP_H
#define META_THIN_RMAP_H

#include "meta/thin.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Data blocks @begin to @end, which is not one of them. */
struct thin_rmap_region {
	uint64_t begin;
	uint64_t end;
};

struct thin_rmap_run {
	uint64_t data_begin;
	uint64_t length;		/* blocks, at least 1 */
	uint64_t thin_begin;
	uint32_t dev_id;
};

/*
 * Every owner of every block, by data begin, data end, device and thin begin.
 * Within a device, runs are as long as they can be.
 */
struct thin_rmap_list {
	struct thin_rmap_run *runs;
	size_t nr;
};

struct thin_rmap_opts {
	/* In any order; they may overlap and lie behind the end of the pool. */
	const struct thin_rmap_region *regions;
	size_t nr_regions;
	bool metadata_snap;		/* look into the metadata snapshot */
	uint64_t metadata_snap_block;	/* not 0: it must be there */
	unsigned nr_threads;		/* 0: as many as there are processors */
	struct progress *progress;	/* or NULL */
};

/*
 * Looks for the owners on @e.  0 and @list, which goes to thin_rmap_free();
 * -EUCLEAN with @f when any of the trees are damaged; -EINVAL for a region
 * that does not end behind where it begins; -ENODATA when there is no metadata
 * snapshot, -ESTALE when it is not at metadata_snap_block but at f->found; or
 * -ENOMEM.
 */
int thin_rmap(struct engine *e, const struct thin_rmap_opts *o, struct thin_rmap_list *list,
	      struct fault *f);
void thin_rmap_free(struct thin_rmap_list *list);

#ifdef __cplusplus
}
#endif

#endif
