/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shares - which devices have a part in which hole, and how many mappings they
 * are short of.
 */
#ifndef THIN_SHARES_H
#define THIN_SHARES_H

#include "thin/salvage.h"

struct share {
	uint32_t hole;
	uint32_t device;
};

struct share_sum {
	uint64_t found;			/* mappings that are there, */
	uint64_t lost;			/* and what holes have room for */
	uint32_t nr_holes;
};

struct shares {
	struct share *all;		/* by hole and device */
	size_t nr, room;
	struct share_sum *of;		/* by device */
};

/* Goes through what is reached.  0, -ENOMEM, or what reading gave. */
int shares_find(struct shares *p, struct thin_salvage *s);
void shares_exit(struct shares *p);

/* The first share in @hole, and how many there are. */
const struct share *shares_of(const struct shares *p, uint32_t hole, size_t *nr);

/*
 * The mappings that hole @hole can have, by what the details of all its devices
 * say; UINT64_MAX if that is not known.  *@exact: it must have just as many.
 */
uint64_t shares_wanted(const struct shares *p, const struct thin_salvage *s, uint32_t hole,
		       bool *exact);

#endif
