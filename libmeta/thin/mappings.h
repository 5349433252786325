/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mappings - judges what the leaves of mapping trees say, and takes what they
 * point to off the counts of data blocks.
 */
#ifndef THIN_MAPPINGS_H
#define THIN_MAPPINGS_H

#include "pdata/walk.h"
#include "thin/keytags.h"

struct mappings {
	struct walk *walk;
	uint64_t nr_data_blocks;
	uint32_t time;			/* the superblock's */
	struct refs *data;		/* NULL: no counting */
	struct keytags *tags;		/* NULL: no tags, or no counting */
	uint64_t *end;			/* becomes where data blocks end, atomically; or NULL */
};

/* For walk_run(); @m stays with the caller. */
struct walk_tree mappings_tree(struct mappings *m);

#endif
