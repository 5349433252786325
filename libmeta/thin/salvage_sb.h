/* SPDX-License-Identifier: GPL-2.0-or-later */
/* salvage_sb - the superblock of a repair, or what has to do in its place. */
#ifndef THIN_SALVAGE_SB_H
#define THIN_SALVAGE_SB_H

#include "thin/salvage.h"

/*
 * Reads block 0, as the overlay has it.  s->has_sb: it says what can be used,
 * perhaps with one bit put right.  0 or -ENOMEM.
 */
int salvage_sb_read(struct thin_salvage *s);

/*
 * After the scan, the same with a superblock that has been written elsewhere,
 * number and all: it differs from a metadata snapshot's in that it has space maps.
 */
int salvage_sb_find(struct thin_salvage *s);

/* Leaves may map data blocks below this, as far as is known before they are read. */
uint64_t salvage_sb_limit(const struct thin_salvage *s);

/* Fills s->pool; without a superblock, spare values count as overrides from now on. */
void salvage_sb_describe(struct thin_salvage *s);

#endif
