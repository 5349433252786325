/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices - the thin devices of a pool with the roots of their mappings.
 *
 * They are in two trees, which must name the same devices.  Where they do not,
 * or where one of them is damaged, the list ends with a fault.
 */
#ifndef THIN_DEVICES_H
#define THIN_DEVICES_H

#include "thin/sb.h"

struct devices {
	struct thin_device *devices;	/* ids ascend */
	uint32_t *roots;		/* blocks */
	size_t nr;
	bool damaged;			/* more may follow, but for @fault */
	struct fault fault;
};

/* Reads all of them.  0, or -ENOMEM; devices_exit() is due in both cases. */
int devices_load(struct devices *d, struct engine *e, const struct thin_sb *sb,
		 unsigned nr_threads);
void devices_exit(struct devices *d);

/*
 * Keeps those that are named in @ids, @nr of them in any order.  @found, if not
 * NULL, gets which of them there are.  Damage behind the last one that is
 * wanted does not count.
 */
void devices_select(struct devices *d, const uint64_t *ids, size_t nr, bool *found);

#endif
