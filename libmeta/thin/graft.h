/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * graft - finds out where nodes belong that nothing sound points to.
 *
 * The highest come first, and those of a level all at once.  What says where a
 * node belongs:
 *
 *	its keys, and what is free in the hole
 *	stored counts: only so many pointers to it are missing
 *	mapped blocks: what a device lacks has to add up
 *	lineage: older nodes that led to it
 *	its number: the kernel makes the nodes of a path one after the other
 *
 * A hole is filled first if there is one choice only that adds up, then those
 * with one that adds up, then the rest as far as anything speaks for it.
 */
#ifndef THIN_GRAFT_H
#define THIN_GRAFT_H

#include "thin/census.h"

/*
 * Gives each device without a root one, and each hole above leaves its pieces,
 * as far as they can be found; after tally_data().  @older is sorted.
 * 0, -ENOMEM, or what reading gave.
 */
int graft_all(struct thin_salvage *s, const struct census *older);

#endif
