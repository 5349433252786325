/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spool - runs of mappings and references, small and in order.
 *
 * What is put in can be read back section by section, any number of times.
 * Up to a limit it stays in memory; beyond that it goes to a file without a
 * name, unless there is no directory for one or its disk is full: then memory
 * has to do.
 *
 * A run is a control byte and what the run before does not tell:
 *
 *	| 0 : 1 | gap : 1 | time : 1 | length : 3 | data : 2 |
 *
 * gap: the distance from the end of the run before follows.  time: it changed
 * and follows.  length: 1 to 7, or 0 when it follows.  data: 0 when it goes on
 * where the run before ended, else 3, 4 or 5 bytes follow.  Numbers that
 * follow have seven bits a byte, low ones first.  A byte of 0x80 and a number
 * is a reference; 0xff ends a chunk, which no record crosses.
 */
#ifndef THIN_SPOOL_H
#define THIN_SPOOL_H

#include "meta/thin.h"

struct spool {
	const char *dir;	/* borrowed; NULL: no file */
	size_t most;		/* chunks in memory */
	uint8_t **chunks;	/* NULL: in the file */
	size_t nr_chunks;
	size_t room_chunks;
	size_t nr_in_memory;
	size_t used;		/* of the last chunk, which is in memory */
	int fd;			/* the file, or -1 */
	bool has_pending;
	struct thin_run pending;	/* may still grow */
	struct thin_run last;	/* what is put in is told relative to it */
};

/* At most @most bytes in memory, more or less.  Cannot fail. */
void spool_init(struct spool *s, const char *dir, size_t most);
void spool_exit(struct spool *s);

/*
 * Begins a section; gives where it is, for spool_read().  0, -ENOMEM, or what
 * writing to the file gave.
 */
int spool_begin(struct spool *s, uint64_t *where);

/*
 * Adds to the section.  Runs ascend, have a length, and data blocks below
 * THIN_MAX_DATA_BLOCKS; those that go on where the last one ends are joined.
 */
int spool_add_run(struct spool *s, const struct thin_run *run);
int spool_add_ref(struct spool *s, uint64_t id);

/* Ends the section; gives where that is. */
int spool_end(struct spool *s, uint64_t *where);

/*
 * Reads a section: calls runs and ref of @emit, in order.  0, -EIO or -ENOMEM,
 * or what a call gave.
 */
int spool_read(struct spool *s, uint64_t begin, uint64_t end, const struct thin_emit *emit,
	       void *arg);

#endif
