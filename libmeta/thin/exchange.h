/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange - sound nodes that stand where other nodes should.
 *
 * If the node in the place of a lost one is none of the tree's, and the place
 * where it would belong has a node with just the keys and the height of the
 * lost one, the two have changed places.  And if there is a node with just the
 * keys and the height of the lost one, anywhere, and all pointers that only it has
 * are missing, the lost one was the same.
 */
#ifndef THIN_EXCHANGE_H
#define THIN_EXCHANGE_H

#include "thin/orphans.h"

/*
 * Gives holes above children of @height that have no hints those of the node that was
 * there, when all that is higher is in its place; and holes of roots that node itself.
 * 0, -ENOMEM, or what reading gave.
 */
int exchange_find_hints(struct orphans *o, uint32_t height);

#endif
