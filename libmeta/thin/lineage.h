/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lineage - which devices the nodes that nothing reaches were seen below.
 *
 * Older transactions have left top-level leaves, roots and inner nodes on the
 * disk.  Most of what they point to is still what it was then.  So a node was
 * a device's, at least once, if
 *
 *	an older root of the device leads to it, over any number of levels; or
 *	an older node leads to it that has most of its other children in
 *	common with nodes that the device has now; or
 *	it says mostly the same as an older leaf that was.
 */
#ifndef THIN_LINEAGE_H
#define THIN_LINEAGE_H

#include "thin/census.h"

/* How sure it is. */
enum lineage_weight {
	LINEAGE_NONE,
	LINEAGE_ALIKE,
	LINEAGE_NEAR,
	LINEAGE_NAMED,
	LINEAGE_ROOT,			/* it was the device's root */
};

struct lineage_seen {
	uint32_t node;
	uint32_t device;		/* index */
	enum lineage_weight weight;
};

struct lineage {
	struct lineage_seen *seen;	/* by node and device, each pair once */
	size_t nr, room;
};

/*
 * Looks at everything that s->reached does not have.  @older is sorted.
 * 0, -ENOMEM, or what reading gave; lineage_exit() is due in all cases.
 */
int lineage_find(struct lineage *l, struct thin_salvage *s, const struct census *older);
void lineage_exit(struct lineage *l);

/* The first entry of @node, and how many there are. */
const struct lineage_seen *lineage_of(const struct lineage *l, uint32_t node, size_t *nr);

#endif
