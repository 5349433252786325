/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * roots_when - in which transaction a pair of device trees was in use.
 *
 * Only a superblock has a transaction's number: the current one, and the copies
 * that metadata snapshots are, also those that were released.  Of all other
 * pairs is known that no device can be younger than they are, that they are
 * older than the superblock, and that times ascend as transactions do.
 */
#ifndef THIN_ROOTS_WHEN_H
#define THIN_ROOTS_WHEN_H

#include "thin/salvage.h"

/* After the scan: fills in held, transaction_min and transaction_max.  0 or -ENOMEM. */
int roots_when_find(struct thin_salvage *s, struct thin_roots *pairs, size_t nr);

/* Adds an id to the number for a set of devices, which is 0 for none. */
static inline uint64_t roots_when_add_device(uint64_t devices, uint32_t id)
{
	return (devices + id + 1) * 0x9e3779b97f4a7c15ull;
}

#endif
