/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ls_blame - which devices a damaged block of their trees hits. */
#ifndef THIN_LS_BLAME_H
#define THIN_LS_BLAME_H

#include "thin/forest.h"

/* A tree and the device whose it is, or FAULT_NO_DEV. */
struct ls_blame_tree {
	struct forest_root root;
	uint32_t dev_id;
};

/*
 * Tells @f the lowest device whose tree has the block @f->where, and whether
 * others have it as well; leaves it alone if none has.  0 or -ENOMEM.
 */
int ls_blame(const struct forest *forest, const struct ls_blame_tree *trees, size_t nr,
	     struct fault *f);

#endif
