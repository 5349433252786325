/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * roots_trees - top-level trees and details trees, in use or not, and what each
 * says of its devices.
 */
#ifndef THIN_ROOTS_TREES_H
#define THIN_ROOTS_TREES_H

#include "thin/salvage.h"

struct roots_tree {
	uint64_t root;
	uint64_t hash;			/* of its device ids */
	size_t first;			/* in counts */
	size_t nr;			/* devices */
	uint64_t nr_sound;		/* of them there, */
	uint64_t nr_mapped;		/* and what they map, as far as it is */
	uint64_t transaction_id;
	uint32_t time;
	uint32_t first_id, last_id;
};

struct roots_trees {
	struct thin_salvage *s;		/* set by the caller, after the scan */
	struct roots_tree *tops, *details;
	size_t nr_tops, nr_details, room_tops, room_details;
	uint64_t *counts;		/* mapped blocks, found or said; by tree and device */
	size_t nr_counts, room_counts;
	struct bits below;		/* nodes of trees, but for their roots */
	struct bits seen;		/* nodes of the tree that is read now */
	uint64_t nr_read;
};

/*
 * Reads trees that the scan has found, up to a bounded number, and keeps those
 * that are all there.  0, -ENOMEM, or what reading gave.
 */
int roots_trees_add_all(struct roots_trees *t);

/* Frees what was added. */
void roots_trees_exit(struct roots_trees *t);

#endif
