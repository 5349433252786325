/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * remains - what a damaged node still says of its children.
 *
 * Often a few bytes or a sector of a block are wrong and the rest is as it was.
 * None of it can be trusted; but an entry whose child is a sound node that
 * begins with the entry's own key is no accident, nor is one whose child has
 * its keys between those of such entries.
 */
#ifndef THIN_REMAINS_H
#define THIN_REMAINS_H

#include "thin/salvage.h"

/* Entries of a node with values of 8 bytes. */
#define REMAINS_MOST 252u

struct remains_entry {
	uint64_t key;
	uint64_t value;
	uint32_t at;
};

/*
 * Reads block @where, whatever it is now, as a node that was written there, and
 * gives the entries that point to nodes of mapping trees.  *@nr is 0 if it says
 * that it belongs elsewhere.  0 or -ENOMEM.
 */
int remains_read(struct thin_salvage *s, uint64_t where,
		 struct remains_entry entries[REMAINS_MOST], uint32_t *nr);

/* Sets the hints of a new hole: children that the lost node names by their keys. */
int remains_find_hints(struct thin_salvage *s, struct hole *h);

/* Adds one.  0 or -ENOMEM. */
int remains_add_hint(struct hole *h, uint32_t where);

/* Adds those of the sound node @where, whose contents may have been in the hole. */
int remains_take_hints(struct thin_salvage *s, struct hole *h, uint64_t where);

/* Does the node that hole @h is for name @where as its child? */
bool remains_has_hint(const struct hole *h, uint32_t where);

#endif
