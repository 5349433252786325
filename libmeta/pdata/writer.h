/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * writer - gives out free metadata blocks in ascending order and writes them
 * many at a time.
 *
 * The caller fills a block; place and checksum are put in when the batch goes
 * out.  Blocks that follow each other on the device go out in one request, on
 * a thread of the writer's own, while the caller fills the next ones.
 *
 * A dry writer writes nothing and has no end: running the same work through it
 * tells how many blocks that work needs.
 *
 * For one thread at a time.
 */
#ifndef PDATA_WRITER_H
#define PDATA_WRITER_H

#include "base/bits.h"
#include "base/refs.h"
#include "io/engine.h"
#include "meta/format.h"

struct writer_queue;

struct writer {
	struct engine *engine;
	struct refs *refs;		/* counts of metadata blocks; borrowed */
	const struct bits *busy;	/* never given out; borrowed, may be NULL */
	uint64_t next;			/* the first block that may be given out */
	uint64_t end;
	uint64_t nr_given;
	bool dry;
	struct writer_queue *queue;
};

/*
 * Gives out from block @begin on.  @refs covers at least the blocks that can
 * be given out, unless the writer is @dry.  0 or -ENOMEM.
 */
int writer_init(struct writer *w, struct engine *e, struct refs *refs, uint64_t begin, bool dry);

/* Forgets what was not written. */
void writer_exit(struct writer *w);

/*
 * The next free block.  *@block is the caller's to fill, all of it, until the
 * next call; its checksum will have @salt.  0; -ENOSPC at the end of the
 * device; or what writing gave.
 */
int writer_get(struct writer *w, uint32_t salt, void **block, uint64_t *where);

/* Counts one more pointer to @where. */
void writer_ref(struct writer *w, uint64_t where);

/* Reads what was given out and filled before.  Not for a dry writer. */
int writer_read(struct writer *w, uint64_t where, void *block);

/* Writes everything out; does not flush the device. */
int writer_finish(struct writer *w);

#endif
