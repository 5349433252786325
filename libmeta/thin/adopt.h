/* SPDX-License-Identifier: GPL-2.0-or-later */
/* adopt - trees of devices that no list of devices has. */
#ifndef THIN_ADOPT_H
#define THIN_ADOPT_H

#include "thin/orphans.h"

/*
 * Makes a device of each tree that something still points to, by the counts of
 * metadata blocks or of the data it maps.  What is left of the top-level tree's
 * leaf may name it; of the rest, those written to first get the first ids that it
 * has for nobody.  Where there are no counts nothing is made, as any tree might
 * be one that is gone.  0, -ENOMEM, or what reading gave.
 */
int adopt_trees(struct orphans *o);

/*
 * The same for those that an older list has, by the counts of metadata blocks
 * alone.  A device's tree begins where it says, so it has been there all along.
 */
int adopt_named(struct orphans *o);

#endif
