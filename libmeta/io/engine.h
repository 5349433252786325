/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine - what a device has to be able to do, and how the library calls it.
 *
 * Opening and closing is public: meta/engine.h.  Everything here counts in
 * metadata blocks, and buffers are aligned to one (base/alloc.h), so that
 * direct I/O works.
 */
#ifndef IO_ENGINE_H
#define IO_ENGINE_H

#include <stddef.h>

#include "meta/engine.h"

/* Which discards a device takes. */
struct engine_discards {
	bool possible;
	uint64_t granularity;	/* bytes; what is discarded begins and ends at */
	uint64_t first;		/* multiples of it behind this, or has no effect */
};

struct engine_ops {
	/* Bytes, in multiples of a block.  0 or a negative errno. */
	int (*read)(struct engine *e, void *data, size_t len, uint64_t offset);
	int (*write)(struct engine *e, const void *data, size_t len, uint64_t offset);
	int (*flush)(struct engine *e);
	int (*close)(struct engine *e);	/* frees @e as well */
	/* Bytes, in any multiples.  Both NULL: not possible. */
	int (*discard)(struct engine *e, uint64_t offset, uint64_t len);
	int (*discard_limits)(struct engine *e, struct engine_discards *d);
	/* Bytes, in multiples of a block, that do not overlap.  NULL: not possible. */
	int (*copy)(struct engine *e, uint64_t from, uint64_t to, size_t len);
	/* NULL: holes are not known.  Where data is from @offset on, or the size. */
	uint64_t (*next_data)(struct engine *e, uint64_t offset);
	/* NULL: not possible.  Makes bytes zero, in multiples of a block. */
	int (*zero)(struct engine *e, uint64_t len, uint64_t offset);
	/* Both NULL: nothing is far, or nothing helps; see below. */
	bool (*is_far)(struct engine *e, uint64_t offset);
	void (*announce)(struct engine *e, uint64_t offset, uint64_t len);
};

struct engine {
	const struct engine_ops *ops;
	uint64_t size;
	bool direct;		/* reads go to the disk; nearby ones are worth joining */
};

/*
 * Reads or writes @nr blocks from block @where on.  0; -EIO behind the end of
 * the device; or what the system said.
 */
int engine_read(struct engine *e, void *data, uint64_t where, size_t nr);
int engine_write(struct engine *e, const void *data, uint64_t where, size_t nr);

/*
 * Copies @nr blocks to others that do not overlap, within the device: perhaps
 * without moving the data at all.  0; -EOPNOTSUPP when it has to be read and
 * written instead; -EIO behind the end; or what the system said, and then some
 * of it may be there.
 */
int engine_copy(struct engine *e, uint64_t from, uint64_t to, size_t nr);

/*
 * The first block from @where on that may be anything but zeroes; the number of
 * blocks if there is none.  A file knows where its holes are.
 */
uint64_t engine_next_data(struct engine *e, uint64_t where);

/* Makes @nr blocks zeroes, as a hole if that can be.  As engine_write(). */
int engine_zero(struct engine *e, uint64_t where, uint64_t nr);

/*
 * Would reading block @where now wait for the disk, and reading would be faster
 * if it was announced?  A guess, for blocks near it as well.
 */
bool engine_is_far(struct engine *e, uint64_t where);

/*
 * These blocks will be read soon.  A disk is given many requests at once that
 * way, and most are through when they are asked for.
 */
void engine_announce(struct engine *e, uint64_t where, uint64_t nr);

/* Makes everything written so far safe from a power failure. */
int engine_flush(struct engine *e);

/* What engine_discard() can do.  0, or what the system said. */
int engine_discard_limits(struct engine *e, struct engine_discards *d);

/*
 * What is in these bytes is not needed any more.  0; -EOPNOTSUPP when the
 * device takes no discards; -EIO behind its end; or what the system said.
 */
int engine_discard(struct engine *e, uint64_t offset, uint64_t len);

#endif
