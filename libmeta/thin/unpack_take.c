/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a pack from its beginning to its end, a chunk at a time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/fdio.h"
#include "thin/unpack.h"

enum { READ_STEP = 1 << 20 };	/* memory is taken as bytes come, not as a length says */

uint64_t unpack_note_kind(const struct chunk *c)
{
	struct pack_note_disk note;

	if (c->len < sizeof(note))
		return 0;
	memcpy(&note, c->data, sizeof(note));
	if (memcmp(note.empty_stream, PACK_EMPTY_STREAM, PACK_EMPTY_STREAM_LEN) ||
	    le64_to_cpu(note.magic) != PACK_NOTE_MAGIC)
		return 0;
	return le64_to_cpu(note.kind);
}

/* Makes room for @step more bytes. */
static int make_room(struct chunk *c, size_t step)
{
	uint8_t *data;

	if (c->room - c->len >= step)
		return 0;
	data = realloc(c->data, c->len + step);
	if (!data)
		return -ENOMEM;
	c->data = data;
	c->room = c->len + step;
	return 0;
}

/* Reads up to @len bytes into the buffer of @c. */
static int read_body(struct thin_unpacker *u, struct chunk *c, size_t len)
{
	size_t step, got = 0;
	int r;

	c->len = 0;
	do {
		step = len - c->len < READ_STEP ? len - c->len : READ_STEP;
		r = make_room(c, step ? step : 1);
		if (!r)
			r = fdio_read(u->fd, c->data + c->len, step, &got);
		if (r)
			return r;
		c->len += got;
	} while (got == step && c->len < len);
	return 0;
}

/* 0, 1 at the end of the pack, -EUCLEAN or an error. */
static int read_chunk(struct thin_unpacker *u, struct chunk *c)
{
	__le64 len_le;
	uint64_t len;
	size_t got;
	int r = fdio_read(u->fd, &len_le, sizeof(len_le), &got);

	c->len = 0;
	if (r || !got)
		return r ? r : 1;
	u->crc = crc32c(u->crc, &len_le, got);
	if (got < sizeof(len_le))
		return unpack_note_issue(u, THIN_PACK_CHUNK_SHORT, c->number, got, sizeof(len_le));
	len = le64_to_cpu(len_le);
	if (len > PACK_CHUNK_MAX)
		return unpack_note_issue(u, THIN_PACK_CHUNK_LENGTH, c->number, len,
					 PACK_CHUNK_MAX);
	r = read_body(u, c, (size_t)len);
	if (!r && c->len < len)
		return unpack_note_issue(u, THIN_PACK_CHUNK_SHORT, c->number, c->len, len);
	return r;
}

/* What kind of pack it is, and whether it has ended. */
static int follow_notes(struct thin_unpacker *u, const struct chunk *c)
{
	uint64_t kind = unpack_note_kind(c);

	if (u->is_closed)
		return unpack_note_issue(u, THIN_PACK_BEHIND, c->number, 0, 0);
	u->is_opened |= kind == PACK_NOTE_OPEN;
	if (kind == PACK_NOTE_CLOSE && c->len == sizeof(struct pack_note_disk) + sizeof(u->close)) {
		u->is_closed = true;
		memcpy(&u->close, c->data + sizeof(struct pack_note_disk), sizeof(u->close));
		u->crc = crc32c(u->crc, c->data, c->len - sizeof(u->close.crc));
	} else {
		u->crc = crc32c(u->crc, c->data, c->len);
	}
	return 0;
}

/* One chunk more, with the lock held. */
static bool take(struct thin_unpacker *u, struct chunk *c)
{
	int r;

	if (u->is_at_end || u->result)
		return false;
	c->number = u->nr_chunks;
	r = read_chunk(u, c);
	if (!r)
		r = follow_notes(u, c);
	u->is_at_end = r;
	if (r < 0 && r != -EUCLEAN)
		u->result = r;
	/* Something of a chunk that is cut short may still be good. */
	if (r && !(u->partial && r == -EUCLEAN && c->len))
		return false;
	u->nr_chunks++;
	__atomic_fetch_add(u->progress, sizeof(__le64) + c->len, __ATOMIC_RELAXED);
	return true;
}

bool unpack_take(struct thin_unpacker *u, struct chunk *c)
{
	bool is_taken;

	pthread_mutex_lock(&u->lock);
	is_taken = take(u, c);
	pthread_mutex_unlock(&u->lock);
	return is_taken;
}
