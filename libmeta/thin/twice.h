/* SPDX-License-Identifier: GPL-2.0-or-later */
/* twice - data blocks that are mapped more often than they may be. */
#ifndef THIN_TWICE_H
#define THIN_TWICE_H

#include "thin/salvage.h"

/*
 * For each fault MAPPING_TWICE: keeps the latest of the device's mappings of
 * that block and drops the others.  0, -ENOMEM, or what reading gave.
 */
int twice_drop(struct thin_salvage *s, const struct fault *faults, size_t nr);

/*
 * Marks leaves in use that map blocks more often than stored counts allow: one
 * of those who do is not what it seems to be.
 */
int twice_find_overclaimed(struct thin_salvage *s);

/*
 * The same for nodes, and tells of those that are still missed.  0 or -ENOMEM.
 */
int twice_find_overpointed(struct thin_salvage *s);

#endif
