/* SPDX-License-Identifier: GPL-2.0-or-later */
/* losses - what damage takes from each device. */
#ifndef THIN_LOSSES_H
#define THIN_LOSSES_H

#include "meta/thin_check.h"
#include "thin/roster.h"

struct losses {
	struct thin_loss *all;		/* by device and place */
	size_t nr;
	size_t room;
	size_t most;
	struct thin_hit *hits;		/* by device */
	size_t nr_hits;
	size_t room_hits;
};

/*
 * After the walk of the mapping trees: the ranges of thin blocks that each
 * device of @side lost, at most losses->most of them, and the devices.  The walk
 * has been counted.  0 or -ENOMEM.
 */
int losses_find(struct losses *l, struct walk *walk, const struct roster *roster, uint32_t side);
void losses_exit(struct losses *l);

#endif
