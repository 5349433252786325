/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * copy - carries out moves: the data itself, on several threads.
 *
 * Only blocks below the limit that nothing uses are written, so whatever
 * happens, what the moves start from stays as it is, and they may be carried
 * out again.
 */
#ifndef THIN_COPY_H
#define THIN_COPY_H

#include "io/engine.h"
#include "meta/thin_shrink.h"
#include "thin/moves.h"

/*
 * Copies and makes it safe from a power failure; then, if @o wants it, reads
 * and compares all of it.  @block_size is in metadata blocks.  0; -EILSEQ when
 * a copy is not what it should be; -ENOMEM; or what the system said; after the
 * others but -ENOMEM @c says where.
 */
int copy_run(struct engine *data, const struct moves *moves, uint64_t block_size,
	     const struct thin_shrink_copy_opts *o, struct thin_shrink_copied *c);

#endif
