/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_load - reads the metadata of a pool: devices and their mappings, as the
 * calls of a struct thin_emit.
 *
 * Leaves are read in large pieces and on several threads, and nothing is kept
 * but the shape of the trees, so a pool of any size can be read.  What several
 * devices share is read and handed out once, as a definition.
 */
#ifndef META_THIN_LOAD_H
#define META_THIN_LOAD_H

#include "meta/thin.h"
#include "meta/thin_overrides.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All zeroes is a good choice. */
struct thin_load_opts {
	bool metadata_snap;		/* read the metadata snapshot */
	uint64_t metadata_snap_block;	/* not 0: it must be there */
	bool expand;			/* no definitions: each device in full */
	bool skip_mappings;		/* devices only */
	const uint64_t *dev_ids;	/* only these */
	size_t nr_dev_ids;		/* 0: all devices */
	bool *dev_found;		/* or NULL; gets which of them there are */
	struct thin_overrides overrides;
	unsigned nr_threads;		/* 0: as many as there are processors */
	struct progress *progress;	/* or NULL */
};

/*
 * Reads @e and makes the calls of @emit with @arg.  Everything that comes
 * before damage has been handed out when this returns; after damage there is
 * no device_end or pool_end.
 *
 * 0; -EUCLEAN with @f for metadata that is damaged, or that has a mapping
 * behind the end of the data device; -ENODATA when there is no metadata
 * snapshot, -ESTALE when it is not at metadata_snap_block but where @f has
 * found it; -EINVAL for overrides that no pool can have; -ENOMEM; or what a
 * call returned.
 */
int thin_load(struct engine *e, const struct thin_load_opts *o, const struct thin_emit *emit,
	      void *arg, struct fault *f);

#ifdef __cplusplus
}
#endif

#endif
