/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ls_owners - which device has a data block to itself.
 *
 * Four bytes for each data block: nobody, a device, or several.  They are
 * zeroed pages that cost nothing until they are touched, and any number of
 * threads may claim at a time.
 */
#ifndef THIN_LS_OWNERS_H
#define THIN_LS_OWNERS_H

#include "pdata/node.h"
#include "thin/ls_pool.h"

struct ls_owners {
	uint32_t *of_leaf;		/* who has it to himself; else LS_OWNERS_SEVERAL */
	uint32_t *of_data;
	uint64_t nr_data;
};

/* Owners are numbers of devices plus one; besides that: */
#define LS_OWNERS_NOBODY	0u
#define LS_OWNERS_SEVERAL	UINT32_MAX

/* For the trees of @p, once they are loaded.  0 or -ENOMEM. */
int ls_owners_init(struct ls_owners *o, const struct ls_pool *p);
void ls_owners_exit(struct ls_owners *o);

/* Claims what leaf @leaf, read as @n, names; all of it below nr_data. */
void ls_owners_claim(struct ls_owners *o, uint32_t leaf, const struct node *n);

/* Adds up for each device what is its own; @exclusive of device @i is at i. */
void ls_owners_count(const struct ls_owners *o, uint64_t *exclusive);

#endif
