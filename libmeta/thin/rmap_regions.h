/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rmap_regions - a set of data blocks, as ranges that neither meet nor overlap. */
#ifndef THIN_RMAP_REGIONS_H
#define THIN_RMAP_REGIONS_H

#include "meta/thin_rmap.h"

struct rmap_regions {
	struct thin_rmap_region *all;	/* ascending */
	size_t nr;
};

/* 0; -EINVAL if one of @from, @nr of them, is empty; or -ENOMEM. */
int rmap_regions_init(struct rmap_regions *r, const struct thin_rmap_region *from, size_t nr);
void rmap_regions_exit(struct rmap_regions *r);

/* Is data block @block in one of them? */
bool rmap_regions_has(const struct rmap_regions *r, uint64_t block);

#endif
