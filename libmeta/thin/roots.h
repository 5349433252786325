/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * roots - pairs of device trees, the current ones and those that older
 * transactions have left on the disk.
 *
 * A top-level tree and a details tree are a pair if they have the same
 * devices; of several, those are taken that agree on how much the devices map.
 */
#ifndef THIN_ROOTS_H
#define THIN_ROOTS_H

#include "thin/salvage.h"

/* After the scan: lists pairs, the newest first; free() it.  0 or -ENOMEM. */
int roots_find(struct thin_salvage *s, struct thin_roots **roots, size_t *nr);

/*
 * After the scan: sets s->mapping_root and s->details_root, 0 for one that has
 * to do without.  0, -ENOMEM; -ENOENT when nothing is where options say;
 * -ENODATA when there are no devices to be found.
 */
int roots_choose(struct thin_salvage *s);

/*
 * After tour_run(): if the result maps nothing, as where the kernel has formatted
 * a device whose superblock was zeroed, tells of trees that do.  As roots_find().
 */
int roots_find_better(struct thin_salvage *s);

#endif
