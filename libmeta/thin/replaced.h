/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replaced - what of an older transaction's trees is not what was there last.
 *
 * The superblock's own counts know which of their nodes are still in use.
 */
#ifndef THIN_REPLACED_H
#define THIN_REPLACED_H

#include "thin/salvage.h"

/*
 * If trees are an older transaction's: marks leaves, and roots of devices, that
 * more pointers of theirs lead to than are counted.  0, -ENOMEM, or what reading
 * gave.
 */
int replaced_find(struct thin_salvage *s);

#endif
