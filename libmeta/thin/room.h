/* SPDX-License-Identifier: GPL-2.0-or-later */
/* room - how many mappings a tree can have had at most, with what it has lost. */
#ifndef THIN_ROOM_H
#define THIN_ROOM_H

#include "thin/salvage.h"

/* What a lost node of @height with keys in @span can have had; it may not be exact above 2^32. */
uint64_t room_of(uint32_t height, struct span span);

/* What is below node @where, and what it has room for besides.  0, or as salvage_read(). */
int room_find(struct thin_salvage *s, uint64_t where, uint64_t *most);

#endif
