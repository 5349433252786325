/* SPDX-License-Identifier: GPL-2.0-or-later */
/* override - what a caller knows better than a superblock; see meta/thin_overrides.h. */
#ifndef THIN_OVERRIDE_H
#define THIN_OVERRIDE_H

#include "meta/thin.h"
#include "meta/thin_overrides.h"

/* Can a pool have such blocks, and so many of them? */
bool override_is_legal(const struct thin_overrides *o);

/* Puts into @pool what @o has. */
void override_apply(const struct thin_overrides *o, struct thin_pool *pool);

#endif
