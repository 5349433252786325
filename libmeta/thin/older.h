/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * older - fills holes: with the pieces that were found for them, and with
 * mappings from leaves of older transactions where newer ones are lost.
 *
 * A mapping of an older leaf is taken if its data block is counted more often
 * than it is mapped by what is sound, so it is one that was lost; mappings
 * that have changed since are left out by this.  Where counts cannot be read,
 * nobody else may map the block.  Leaves of nodes that resemble the hole's
 * parent come first, and those that resemble another's are left out.
 */
#ifndef THIN_OLDER_H
#define THIN_OLDER_H

#include "thin/census.h"

/* Fills all holes, after tally_data().  0, -ENOMEM, or what reading gave. */
int older_fill(struct thin_salvage *s, const struct census *roots);

#endif
