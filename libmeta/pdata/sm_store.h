/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sm_store - counts in memory become a space map on disk.
 *
 * The data device's map is a btree of index entries; the metadata's own is one
 * index block.  Both have an overflow tree with the counts above two.  All
 * blocks come from a writer and get a count of one in its refs, so the
 * metadata map, which counts itself, is to be stored when nothing else is left
 * to write.
 */
#ifndef PDATA_SM_STORE_H
#define PDATA_SM_STORE_H

#include "meta/thin.h"
#include "pdata/writer.h"

/*
 * Stores the counts of blocks 0 to @nr_blocks - 1 of another device, none of
 * them negative or above UINT32_MAX.  @counts covers them.  0 and *@root;
 * -ENOSPC when the metadata device is full; -ENOMEM; or what writing gave.
 */
int sm_store_data(struct writer *w, struct refs *counts, uint64_t nr_blocks,
		  struct sm_root *root);

/*
 * Stores what w->refs says of metadata blocks 0 to @nr_blocks - 1, of which
 * there may be at most META_MAX_BLOCKS.  As above.
 */
int sm_store_metadata(struct writer *w, uint64_t nr_blocks, struct sm_root *root);

#endif
