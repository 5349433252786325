/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keys - keys of inner nodes that are wrong though their children are right.
 *
 * A child begins where its parent says, or behind; and all of it is behind the
 * child before.  If one that is sound but for that fits between its neighbours
 * with another key, the key is what is wrong.
 */
#ifndef THIN_KEYS_H
#define THIN_KEYS_H

#include "thin/salvage.h"

/*
 * Puts right what can be in the node @where, read as @n, which has keys in
 * @span; *@mended: it has to be read again.  What was done is marked.  0 or -ENOMEM.
 */
int keys_mend(struct thin_salvage *s, uint64_t where, const struct node *n, struct span span,
	      bool *mended);

#endif
