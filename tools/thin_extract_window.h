/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_extract_window - some dozen megabytes of a volume that are read from the data
 * device, in its order and on several threads, before they are written.
 */
#ifndef TOOLS_THIN_EXTRACT_WINDOW_H
#define TOOLS_THIN_EXTRACT_WINDOW_H

#include "meta/format.h"
#include "thin_extract.h"

enum {
	EXTRACT_WINDOW = 32 << 20,	/* bytes */
	EXTRACT_PIECE = 1 << 20,	/* read at once */
	EXTRACT_PIECES = EXTRACT_WINDOW / (THIN_DATA_BLOCK_MIN * META_SECTOR_SIZE),
};

/* A stretch that follows itself in the volume and on the data device. */
struct extract_piece {
	uint64_t offset;	/* in the volume */
	uint64_t data;		/* on the data device */
	size_t len;
	char *to;		/* in the buffer */
	bool is_read;
	int error;
};

struct extract_window {
	const struct extract_request *request;
	struct engine *data;
	char *buffer;
	size_t used;
	struct extract_piece pieces[EXTRACT_PIECES];
	size_t nr;
	struct extract_piece *by_data[EXTRACT_PIECES];
	size_t next;		/* to be read, taken atomically */
	uint64_t missing;	/* bytes that could not be read and became zeroes */
	unsigned nr_told;
};

/* Borrows @q and @data.  0 or -ENOMEM; exit is for both. */
int extract_window_init(struct extract_window *w, const struct extract_request *q,
			struct engine *data);
void extract_window_exit(struct extract_window *w);

/* Is there room for a piece of @len bytes?  Then it may be added. */
bool extract_window_has_room(const struct extract_window *w, size_t len);
void extract_window_add(struct extract_window *w, uint64_t offset, uint64_t data, size_t len);

/* Fills by_data, and then reads all pieces in this order. */
void extract_window_sort(struct extract_window *w);
void extract_window_read(struct extract_window *w);

/*
 * The content of a piece, which is read now if it was not before.  What cannot be
 * read is said; with --repair it becomes zeroes.  0, or -ECANCELED after the words.
 */
int extract_window_take(struct extract_window *w, struct extract_piece *p);

/* All of it has been written. */
void extract_window_empty(struct extract_window *w);

#endif
