/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * old_maps - the blocks of space maps that are to be given up.
 *
 * They must stay as they are until the new ones count.
 */
#ifndef THIN_OLD_MAPS_H
#define THIN_OLD_MAPS_H

#include "meta/thin.h"
#include "pdata/walk.h"

/*
 * Notes, in a walk that is over, the blocks that the maps' roots lead to, as
 * far as they can be read; walk_kind() then tells them.  What is wrong with
 * them is not told, and no count changes.  0 or -ENOMEM.
 */
int old_maps_mark(struct walk *w, const struct sm_root *data, const struct sm_root *metadata);

#endif
