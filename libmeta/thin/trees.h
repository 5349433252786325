/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trees - goes down mapping trees as far as they are sound, notes what they
 * reach, and leaves a hole for each pointer that leads to nothing of use.
 */
#ifndef THIN_TREES_H
#define THIN_TREES_H

#include "thin/salvage.h"

/* Can block @where be a mapping node of @height with keys in @span? */
bool trees_is_usable(const struct thin_salvage *s, uint64_t where, unsigned height,
		     struct span span);

/* Goes down from a usable node.  0, -ENOMEM, or what reading gave. */
int trees_reach(struct thin_salvage *s, uint64_t where, struct span span);

/* Goes down from the root of device @index, or leaves a hole there. */
int trees_reach_device(struct thin_salvage *s, uint32_t index);

/* Adds a hole, whose number is taken from now on; what it points to goes along. */
int trees_add_hole(struct thin_salvage *s, const struct hole *hole);

/* Takes the pointers of the metadata snapshot @sb off the ledger, as far as it is sound. */
int trees_count_held(struct thin_salvage *s, const struct thin_sb *sb);

/*
 * The same where the metadata snapshot's superblock is lost: top-level nodes
 * that something still points to can only be its own.
 */
int trees_count_lost_held(struct thin_salvage *s);

/*
 * Takes the mappings of reached leaves off the data side of the ledger; from
 * then on those of a leaf that is reached are at once.
 */
int trees_count_data(struct thin_salvage *s);

#endif
