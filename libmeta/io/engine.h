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

struct engine_ops {
	/* Bytes, in multiples of a block.  0 or a negative errno. */
	int (*read)(struct engine *e, void *data, size_t len, uint64_t offset);
	int (*write)(struct engine *e, const void *data, size_t len, uint64_t offset);
	int (*flush)(struct engine *e);
	int (*close)(struct engine *e);	/* frees @e as well */
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

/* Makes everything written so far safe from a power failure. */
int engine_flush(struct engine *e);

#endif
