/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * height - how tall trees are, found by following one path down each.
 *
 * All trees take a step at a time, so that each step is one read in the order
 * of the disk.  A path that ends in damage is given up for others.
 */
#ifndef PDATA_HEIGHT_H
#define PDATA_HEIGHT_H

#include "pdata/walk.h"

/*
 * Fills in the heights of @roots: 0 for a leaf.  A tree none of whose leaves
 * can be found is taken to end below the lowest node that can be read.
 */
int height_find(struct walk *w, const struct walk_tree *tree, struct walk_root *roots,
		uint64_t nr_roots);

#endif
