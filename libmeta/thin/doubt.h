/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doubt - how badly the numbers of what was put together add up, and who may be to blame. */
#ifndef THIN_DOUBT_H
#define THIN_DOUBT_H

#include "thin/salvage.h"

struct doubt {
	int64_t badness;		/* mappings too many, too few, or in two places */
	uint64_t nr_found;		/* those that devices have; so many it is less */
	uint32_t *suspects;		/* nodes that may be in the wrong place */
	size_t nr, room;
};

/*
 * Judges what s->reached has, and lists suspects: roots of devices that do not
 * map what they should without a hole that would explain it, nodes with
 * children that have too many pointers, leaves of the top-level tree, and all
 * of that, or of the details, if they have not the same devices.
 * 0, -ENOMEM, or what reading gave; doubt_exit() is due in all cases.
 */
int doubt_find(struct doubt *d, struct thin_salvage *s);
void doubt_exit(struct doubt *d);

#endif
