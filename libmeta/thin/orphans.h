/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * orphans - nodes of mapping trees that something lost pointed to.
 *
 * By the counts of metadata blocks, they have more pointers than were found;
 * where counts are lost, nothing reaches them.
 */
#ifndef THIN_ORPHANS_H
#define THIN_ORPHANS_H

#include "thin/census.h"

struct orphans {
	struct thin_salvage *s;
	const struct census *older;
	uint32_t *nodes;		/* by first key */
	size_t nr_nodes;
	struct bits below;		/* nodes that another one of them points to, */
	struct bits shared;		/* or several */
	struct bits kin;		/* children of one device's older roots */
};

/* @older is sorted and borrowed.  0, -ENOMEM, or what reading gave. */
int orphans_init(struct orphans *o, struct thin_salvage *s, const struct census *older);
void orphans_exit(struct orphans *o);

/* Sets ->kin: what older roots of device @dev_id point to is likely to be its own. */
int orphans_find_kin(struct orphans *o, uint32_t dev_id);

/* How many of a node's children are of the kin. */
uint32_t orphans_count_kin(struct orphans *o, uint32_t where);

/* The entry of a mapping node, or NULL. */
static inline const struct scan_block *orphans_node(const struct thin_salvage *s, uint64_t where)
{
	return scan_node(&s->scan, where, SCAN_MAPPINGS);
}

/* Is it still missed, and not by another orphan? */
static inline bool orphans_is_root(const struct orphans *o, uint32_t where)
{
	return salvage_is_missed(o->s, where) && !bits_has(&o->below, where);
}

#endif
