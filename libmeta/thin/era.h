/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * era - when a tree that nothing reaches was written to by its own device.
 *
 * Blocks of its data that nobody else maps were written after the device was
 * made, or are old ones that the others have replaced.  So a tree whose own
 * data begins when a device was made is likely to be that device's; and so is
 * one that ends just before, of a snapshot that was never written to.
 */
#ifndef THIN_ERA_H
#define THIN_ERA_H

#include "thin/salvage.h"

struct era {
	bool known;			/* it has data of its own */
	uint32_t first;			/* the earliest time of that */
	uint32_t last;			/* the latest time of all its data */
};

/*
 * Goes down from a node that is not reached, through what it does not share; by
 * its count or, if that is not known, by @shared, which may be NULL.  0,
 * -ENOMEM, or what reading gave.
 */
int era_find(struct thin_salvage *s, uint64_t where, const struct bits *shared, struct era *era);

/* How well a device fits, from 0 to @most. */
uint32_t era_fit(const struct era *era, const struct thin_device *d, uint32_t most);

#endif
