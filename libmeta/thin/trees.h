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

#endif
