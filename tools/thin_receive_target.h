/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_receive_target - what a stream is received onto: a block device or a regular
 * file.
 */
#ifndef TOOLS_THIN_RECEIVE_TARGET_H
#define TOOLS_THIN_RECEIVE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So much is read or written at once; t->buffer is as large. */
#define RECEIVE_PIECE (1u << 20)

struct receive_target {
	const char *name;
	int fd;
	bool is_block;
	bool created;
	bool written;
	uint64_t size;			/* bytes; of a file: now */
	uint64_t zero_from;		/* from here on it reads as zeroes */
	uint64_t thin_block;		/* not 0: a thin device, with blocks of so many bytes */
	/*
	 * The pool does not clear new blocks.  What is written is filled up to
	 * whole blocks, or what read as zeroes beside it would become garbage.
	 */
	bool pad;
	uint64_t padded_end;
	char *buffer;
};

/* How it is opened. */
struct receive_access {
	uint64_t size;			/* wanted, bytes */
	bool write;
	bool create;			/* a file that is not there */
};

/* 0, or -EUCLEAN after saying what is wrong.  receive_target_close() is due. */
int receive_target_open(struct receive_target *t, const char *path,
			const struct receive_access *how);

/* Removes a file that was created and not written to.  0, or what a late write gave. */
int receive_target_close(struct receive_target *t);

/* What is behind the end of a file reads as zeroes.  0 or an error. */
int receive_target_read(struct receive_target *t, uint64_t position, void *data, size_t len);
int receive_target_write(struct receive_target *t, uint64_t position, const void *data,
			 size_t len);

/* Finds the first byte of a range that is not zero; @end if there is none. */
int receive_target_find_data(struct receive_target *t, uint64_t position, uint64_t end,
			     uint64_t *found);

/* Makes a range read as zeroes, and take no space where that can be. */
int receive_target_zero(struct receive_target *t, uint64_t position, uint64_t length);

/* Waits until all is on the disk, and what is read then comes from there. */
int receive_target_sync(struct receive_target *t);

/* All has been written: gives a file its size. */
int receive_target_resize(struct receive_target *t, uint64_t size);

#endif
