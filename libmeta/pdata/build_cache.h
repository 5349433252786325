/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * build_cache - finds the inner node that has been written before.
 *
 * Only hash and place are kept; what looks the same is read back and compared,
 * unless the writer is dry.
 */
#ifndef PDATA_BUILD_CACHE_H
#define PDATA_BUILD_CACHE_H

#include "pdata/writer.h"

struct build_cache;

/* An empty one; NULL without memory. */
struct build_cache *build_cache_new(void);

/* NULL is fine. */
void build_cache_free(struct build_cache *c);

/*
 * Looks for a node like @node, whose bytes from 16 on count.  0 and *@where;
 * -ENODATA if there is none; or what reading gave.
 */
int build_cache_find(struct build_cache *c, struct writer *w, const void *node,
		     uint64_t *where);

/* Remembers @node, for which build_cache_find() found none.  0 or -ENOMEM. */
int build_cache_add(struct build_cache *c, const void *node, uint64_t where);

#endif
