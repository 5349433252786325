/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counts - finds the blocks of space maps that nothing sound points to.
 *
 * A bitmap says in each of its bits what is in use, so it can be held against
 * what was found in use.  The current one agrees; one of an older transaction
 * does not know what was made since, and one of another part of the map knows
 * nothing of it at all.  So bitmaps can do without an index, and tell which
 * of two pairs of device trees is the current one.
 */
#ifndef THIN_COUNTS_H
#define THIN_COUNTS_H

#include "thin/salvage.h"

/* How a map agrees with what was found. */
struct counts_verdict {
	uint64_t nr_right;		/* blocks found in use that it knows of, */
	uint64_t nr_wrong;		/* and those that it does not */
	uint64_t nr_more;		/* others that it knows of */
};

/*
 * Goes down from both device trees, or from all nodes of mappings if there is no
 * @mapping_root, and counts pointers to metadata blocks in @found, which has all of
 * them.  0, -ENOMEM, or what reading gave.
 */
int counts_find_pointers(struct thin_salvage *s, uint64_t mapping_root, uint64_t details_root,
			 struct refs *found);

/*
 * Makes an index of the bitmaps that agree best with @found, unless *@root has
 * one that does, and points *@root to it; of the data device's map if @is_data,
 * else of the metadata's.  *@verdict is for all of them together.  0, -ENOMEM,
 * or what reading gave.
 */
int counts_mend(struct thin_salvage *s, struct refs *found, bool is_data, struct sm_root *root,
		struct counts_verdict *verdict);

/* As counts_mend() for the metadata, but only judges. */
int counts_judge(struct thin_salvage *s, struct refs *found, struct counts_verdict *verdict);

#endif
