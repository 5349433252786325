/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tally - takes off the ledger what is pointed to besides the trees in use, by
 * the metadata snapshot, and what leaves map.
 */
#ifndef THIN_TALLY_H
#define THIN_TALLY_H

#include "thin/salvage.h"

/*
 * Takes the pointers of the metadata snapshot @sb, as far as it is sound.  0,
 * -ENOMEM, or what reading gave, as all of these.
 */
int tally_held(struct thin_salvage *s, const struct thin_sb *sb);

/*
 * The same where the metadata snapshot's superblock is lost: top-level nodes
 * that something still points to can only be its own.
 */
int tally_lost_held(struct thin_salvage *s);

/*
 * Takes the mappings of reached leaves off the data side of the ledger; from
 * then on those of a leaf that is reached are at once.
 */
int tally_data(struct thin_salvage *s);

/* Takes those of one leaf, which is reached after all others were counted. */
int tally_leaf(struct thin_salvage *s, uint64_t where);

#endif
