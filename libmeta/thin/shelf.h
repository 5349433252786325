/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shelf - thousands of leaves that a script comes to next, read in the order of
 * the disk and kept as runs, in a few megabytes.
 *
 * A batch has some hundred leaves of one device.  If those of several devices lie
 * between each other, hardly two of a batch are neighbours, and each would be a
 * request of its own:
 *
 *	disk	| a | b | c | a | c | b | a | b | c |
 *	script	  a   a   a   b   b   b   c   c   c
 *
 * That is worth it only where each request waits for a disk, and only if leaves are
 * scattered; else, or without memory for it, the shelf stays empty.  So does the
 * place of a leaf that is not as it should be: whoever wants it reads it, and sees.
 */
#ifndef THIN_SHELF_H
#define THIN_SHELF_H

#include "thin/script.h"
#include "thin/spool.h"

/* Of a block: a section of the spool; it is there unless end is 0. */
struct shelf_place {
	uint32_t begin, end;
};

struct shelf {
	const struct forest *forest;
	uint64_t nr_data_blocks;
	uint64_t left;			/* leaves of the script until it is to be filled */
	uint64_t most;			/* so many are looked ahead */
	struct shelf_place *places;	/* by block; NULL: it stays empty */
	struct spool spool;
	uint64_t used;			/* bytes of it */
	pthread_mutex_t *lock;		/* for both, while it is filled */
	uint64_t *progress;		/* counts leaves that are put there; or NULL */
};

/* An empty one, which never ends; @lock is borrowed. */
void shelf_init(struct shelf *s, const struct forest *f, uint64_t nr_data_blocks,
		pthread_mutex_t *lock);
void shelf_exit(struct shelf *s);

/* Fills @s with what @script comes to next, on the threads of the forest. */
void shelf_fill(struct shelf *s, const struct script *script);

/* Is leaf @index there? */
static inline bool shelf_has(const struct shelf *s, uint32_t index)
{
	return s->places && s->places[s->forest->leaves[index].block].end;
}

/* Hands its runs to @emit, if it is there.  On any thread.  What @emit returned. */
int shelf_read(struct shelf *s, uint32_t index, const struct thin_emit *emit, void *arg);

#endif
