/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unpack - what the workers that unpack share: the pack, of which they take a
 * chunk each, and the device, to which all of them write.
 */
#ifndef THIN_UNPACK_H
#define THIN_UNPACK_H

#include <pthread.h>

#include "io/engine.h"
#include "meta/thin_pack.h"
#include "pdata/pack_format.h"

struct thin_unpacker {
	int fd;
	uint64_t nr_blocks;
	struct engine *engine;		/* NULL: nothing is written */
	bool partial;
	uint64_t *progress;
	uint64_t *seen;			/* a bit for each block, set atomically */
	uint64_t digest;		/* these two as well */
	uint64_t nr_stored;
	uint8_t *superblock;		/* block 0, if it has come */

	pthread_mutex_t lock;		/* for what follows */
	uint64_t nr_chunks;		/* taken so far */
	bool is_at_end;
	uint32_t crc;			/* of what has been read, up to the one in the pack */
	bool is_opened;			/* notes that have come */
	bool is_closed;
	struct pack_close_disk close;
	int result;			/* not 0: no more chunks are taken */
	struct thin_pack_issue issue;	/* the first in the order of the pack */
	struct thin_pack_report rep;
};

/* A chunk in the hands of a worker. */
struct chunk {
	uint64_t number;
	uint8_t *data;
	size_t len;
	size_t room;
};

/* Notes an issue, with the lock held.  Returns -EUCLEAN. */
int unpack_note_issue(struct thin_unpacker *u, enum thin_pack_issue_code code, uint64_t number,
		      uint64_t found, uint64_t wanted);

/*
 * Notes what is wrong with chunk @number; unless u->partial is set, no more are
 * taken.  Returns -EUCLEAN.
 */
int unpack_refuse(struct thin_unpacker *u, enum thin_pack_issue_code code, uint64_t number,
		  uint64_t found, uint64_t wanted);

/*
 * Takes the next chunk; c->data is a buffer that grows, and the caller's to
 * free.  False at the end, or when it is no use to go on.
 */
bool unpack_take(struct thin_unpacker *u, struct chunk *c);

/* The kind of the note that @c is; 0 if it is none. */
uint64_t unpack_note_kind(const struct chunk *c);

/* What a worker unpacks with, block by block. */
struct unpack_out;

/* NULL if there is no memory. */
struct unpack_out *unpack_out_new(struct thin_unpacker *u);
void unpack_out_free(struct unpack_out *o);

/* Where the next block is to be made; NULL with *@r if there is no place. */
void *unpack_out_room(struct unpack_out *o, int *r);

/*
 * What was made there is block @where, from chunk @number; @is_known: its
 * checksum has to be that of some kind.  0; -EUCLEAN after unpack_refuse().
 */
int unpack_out_put(struct unpack_out *o, uint64_t number, uint64_t where, bool is_known);

/* Writes what is left.  0, or what writing gave. */
int unpack_out_flush(struct unpack_out *o);

/* Unpacks a chunk.  0, -EUCLEAN after unpack_refuse(), or an error. */
int unpack_chunk(struct thin_unpacker *u, struct unpack_out *o, const struct chunk *c);

#endif
