/* SPDX-License-Identifier: GPL-2.0-or-later */
/* graft_roots - finds the roots of devices that no sound tree gives one. */
#ifndef THIN_GRAFT_ROOTS_H
#define THIN_GRAFT_ROOTS_H

#include "thin/orphans.h"

/*
 * A root that an older tree names and that is still missed is a device's own;
 * so is a tree that maps as much as its details say, or has children that the
 * device had.  Devices without such a root get a hole.  0, -ENOMEM, or what
 * reading gave.
 */
int graft_roots(struct orphans *o);

/*
 * Gives the device of hole @index, a root of which nothing is left, the whole
 * tree of an older transaction, if there is one.  As graft_roots().
 */
int graft_use_older_root(struct orphans *o, size_t index);

#endif
