/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * graft - finds out where nodes belong that nothing sound points to.
 *
 * A node whose stored count is higher than the number of pointers found is one
 * that a lost node pointed to.  Its keys say where it can be; if several
 * devices have lost something there, older nodes that name it, and the numbers
 * of mappings that the details say, tell them apart.  Where counts are lost as
 * well, everything that nothing reaches is considered, the latest first.
 */
#ifndef THIN_GRAFT_H
#define THIN_GRAFT_H

#include "thin/census.h"

/*
 * Gives each device without a root one, and each hole above leaves its pieces,
 * as far as they can be found.  @older is sorted.  0, -ENOMEM, or what reading
 * gave.
 */
int graft_all(struct thin_salvage *s, const struct census *older);

#endif
