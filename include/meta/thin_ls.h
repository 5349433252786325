/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_ls - the devices of a pool, and how much of it each of them takes.
 *
 * What is counted is counted in the mapping trees, not believed from the
 * details of the devices.
 */
#ifndef META_THIN_LS_H
#define META_THIN_LS_H

#include "meta/thin.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How much has to be known, from little work to much. */
enum thin_ls_depth {
	THIN_LS_DEVICES,		/* what the details say: mapping trees are not read */
	THIN_LS_MAPPED,			/* mapped blocks are counted */
	THIN_LS_EXCLUSIVE,		/* and which of them nobody else has */
};

struct thin_ls_device {
	struct thin_device details;
	/* From THIN_LS_MAPPED on. */
	uint64_t mapped;		/* data blocks */
	uint64_t highest;		/* thin block; good if mapped is not 0 */
	/* With THIN_LS_EXCLUSIVE: mapped by this device and no other. */
	uint64_t exclusive;
};

struct thin_ls_list {
	uint32_t data_block_size;	/* sectors */
	struct thin_ls_device *devices;	/* ids ascend */
	size_t nr;
};

/* All zeroes is a good choice. */
struct thin_ls_opts {
	enum thin_ls_depth depth;
	bool metadata_snap;		/* the devices of the metadata snapshot */
	uint64_t metadata_snap_block;	/* not 0: it must be there */
	unsigned nr_threads;		/* 0: as many as there are processors */
	struct progress *progress;	/* or NULL */
};

/*
 * Lists the devices on @e.  0 and @list, which goes to thin_ls_free();
 * -EUCLEAN with @f when any of what has to be read is damaged; -ENODATA when
 * there is no metadata snapshot, -ESTALE when it is not at
 * metadata_snap_block but at f->found; or -ENOMEM.
 */
int thin_ls(struct engine *e, const struct thin_ls_opts *o, struct thin_ls_list *list,
	    struct fault *f);
void thin_ls_free(struct thin_ls_list *list);

#ifdef __cplusplus
}
#endif

#endif
