/* SPDX-License-Identifier: GPL-2.0-or-later */
/* room - how many mappings a tree can have had at most, with what it has lost. */
#ifndef THIN_ROOM_H
#define THIN_ROOM_H

#include "thin/salvage.h"

/* What a lost node of @height with keys in @span can have had; it may not be exact above 2^32. */
uint64_t room_of(uint32_t height, struct span span);

/* In place of what a tree has room for: nobody has counted it. */
#define ROOM_UNKNOWN (UINT64_MAX - 1)

/* For a bounded number of trees; begins with all zeroes behind @s. */
struct room {
	struct thin_salvage *s;
	uint32_t nr_read;
};

/* What is below node @where, and what it has room for besides.  0, or as salvage_read(). */
int room_find(struct room *room, uint64_t where, uint64_t *most);

#endif
