/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream - visits many blocks in the order of the disk, on several threads.
 *
 * A worker takes the next stretch of wanted blocks, reads it with few large
 * requests into a buffer of its own and hands the blocks out one by one.  A
 * request that fails is repeated block by block, so one bad sector costs one
 * block.
 */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include "base/bits.h"
#include "io/engine.h"

/*
 * Called once for each block, on any of the workers.  @block is NULL if it
 * could not be read, @error then says why.  It is only good during the call.
 * An error ends the visit; 0 goes on.
 */
typedef int (*stream_fn)(void *arg, unsigned worker, uint64_t where, const void *block,
			 int error);

struct stream {
	struct engine *engine;
	unsigned nr_threads;
	uint64_t *progress;		/* counts blocks up, atomically; or NULL */
	unsigned most;			/* to save memory: blocks of a file in one request; or 0 */
};

/*
 * Visits the members of @set, which must not change meanwhile.  0, -ENOMEM, or
 * the first error of @fn.
 */
int stream_visit(struct stream *s, const struct bits *set, stream_fn fn, void *arg);

#endif
