/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kin - to which tree a leaf of an older transaction belonged.
 *
 * Most children of a node are those of the same node before.  So an older node
 * that shares children with one in use is an earlier version of it, and the
 * leaves below it that nothing reaches now are earlier versions of its own.
 */
#ifndef THIN_KIN_H
#define THIN_KIN_H

#include "thin/census.h"

struct kin {
	uint32_t *owner;		/* by block: the node in use above it, or 0 */
	uint32_t *of;			/* by block: whose kin a leaf is, or 0 */
	uint64_t nr;			/* blocks; more are devices with a lost root */
};

/* Finds the kin of all holes in @s.  0, -ENOMEM, or what reading gave. */
int kin_find(struct kin *k, struct thin_salvage *s, const struct census *roots);
void kin_exit(struct kin *k);

/* What the kin of @h are marked with. */
static inline uint32_t kin_name(const struct kin *k, const struct hole *h)
{
	if (h->height)
		return (uint32_t)h->where;
	return (uint32_t)(h->device == SALVAGE_NONE ? h->parent : k->nr + h->device);
}

#endif
