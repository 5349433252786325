/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/spool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/le.h"

enum {
	CHUNK = 1 << 20,
	RECORD_MAX = 40,	/* longer than the longest record */
	BATCH = 256,		/* runs handed out at once */

	/* Control bytes. */
	REF = 0x80,
	CHUNK_END = 0xff,
	GAP = 0x40,
	TIME = 0x20,
	LENGTH_SHIFT = 2,
	LENGTH_MAX = 7,
	DATA = 3,
};

void spool_init(struct spool *s, const char *dir, size_t most)
{
	*s = (struct spool){ .dir = dir, .most = most / CHUNK, .fd = -1 };
}

void spool_exit(struct spool *s)
{
	for (size_t i = 0; i < s->nr_chunks; i++)
		free(s->chunks[i]);
	free(s->chunks);
	if (s->fd >= 0)
		close(s->fd);
}

/* For file systems that cannot make a file without a name. */
static int open_and_unlink(const char *dir)
{
	char path[4096];
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/spool-XXXXXX", dir) >= sizeof(path))
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static bool open_file(struct spool *s)
{
	if (s->fd >= 0)
		return true;
	if (!s->dir)
		return false;
	s->fd = open(s->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd < 0)
		s->fd = open_and_unlink(s->dir);
	if (s->fd < 0)
		s->dir = NULL;
	return s->fd >= 0;
}

static bool write_chunk(struct spool *s, size_t i)
{
	return !fdio_write_at(s->fd, s->chunks[i], CHUNK, i * CHUNK);
}

/* The last chunk is full.  Returns its memory when that may be used again. */
static uint8_t *retire_chunk(struct spool *s)
{
	uint8_t *chunk;

	if (!s->nr_chunks || s->nr_in_memory < s->most || !open_file(s))
		return NULL;
	if (!write_chunk(s, s->nr_chunks - 1)) {
		/* What is in the file stays there. */
		s->most = SIZE_MAX;
		return NULL;
	}
	chunk = s->chunks[s->nr_chunks - 1];
	s->chunks[s->nr_chunks - 1] = NULL;
	s->nr_in_memory--;
	return chunk;
}

static int add_chunk(struct spool *s)
{
	uint8_t *chunk = retire_chunk(s);

	if (alloc_room(&s->chunks, &s->room_chunks, s->nr_chunks, 1, sizeof(*s->chunks))) {
		free(chunk);
		return -ENOMEM;
	}
	if (!chunk)
		chunk = alloc_array(CHUNK, 1);
	if (!chunk)
		return -ENOMEM;
	s->chunks[s->nr_chunks++] = chunk;
	s->nr_in_memory++;
	s->used = 0;
	return 0;
}

/* Where the next record goes. */
static int make_room(struct spool *s, uint8_t **to)
{
	int r = 0;

	if (!s->nr_chunks || s->used > CHUNK - RECORD_MAX) {
		if (s->nr_chunks)
			s->chunks[s->nr_chunks - 1][s->used] = CHUNK_END;
		r = add_chunk(s);
	}
	if (!r)
		*to = s->chunks[s->nr_chunks - 1] + s->used;
	return r;
}

static uint8_t *put_number(uint8_t *to, uint64_t v)
{
	for (; v > 0x7f; v >>= 7)
		*to++ = (uint8_t)(v | 0x80);
	*to++ = (uint8_t)v;
	return to;
}

static uint8_t *put_data(uint8_t *to, uint8_t *control, uint64_t data)
{
	__le64 data_le = cpu_to_le64(data);
	unsigned size = data >> 24 ? data >> 32 ? 5 : 4 : 3;

	*control |= (uint8_t)(size - 2);
	memcpy(to, &data_le, sizeof(data_le));
	return to + size;
}

static uint64_t end_of_data(const struct thin_run *run)
{
	return run->data_begin + run->length;
}

/* Wraps around to 0 at the end of all addresses, and back. */
static uint64_t end_of_thin(const struct thin_run *run)
{
	return run->thin_begin + run->length;
}

static int put_run(struct spool *s, const struct thin_run *run)
{
	uint64_t gap = run->thin_begin - end_of_thin(&s->last);
	uint8_t *begin, *to, control = 0;
	int r = make_room(s, &begin);

	if (r)
		return r;
	to = begin + 1;
	if (run->data_begin != end_of_data(&s->last))
		to = put_data(to, &control, run->data_begin);
	if (gap) {
		control |= GAP;
		to = put_number(to, gap);
	}
	if (run->time != s->last.time) {
		control |= TIME;
		to = put_number(to, run->time);
	}
	if (run->length <= LENGTH_MAX)
		control |= (uint8_t)(run->length << LENGTH_SHIFT);
	else
		to = put_number(to, run->length);
	*begin = control;
	s->used += (size_t)(to - begin);
	s->last = *run;
	return 0;
}

static int put_pending(struct spool *s)
{
	if (!s->has_pending)
		return 0;
	s->has_pending = false;
	return put_run(s, &s->pending);
}

static uint64_t place(const struct spool *s)
{
	return s->nr_chunks ? (s->nr_chunks - 1) * (uint64_t)CHUNK + s->used : 0;
}

int spool_begin(struct spool *s, uint64_t *where)
{
	uint8_t *to;
	int r = make_room(s, &to);

	s->last = (struct thin_run){ 0 };
	*where = r ? 0 : place(s);
	return r;
}

int spool_add_run(struct spool *s, const struct thin_run *run)
{
	struct thin_run *p = &s->pending;
	int r;

	if (s->has_pending && run->thin_begin == end_of_thin(p) &&
	    run->data_begin == end_of_data(p) && run->time == p->time) {
		p->length += run->length;
		return 0;
	}
	r = put_pending(s);
	s->pending = *run;
	s->has_pending = true;
	return r;
}

int spool_add_ref(struct spool *s, uint64_t id)
{
	uint8_t *begin, *to;
	int r = put_pending(s);

	if (!r)
		r = make_room(s, &begin);
	if (r)
		return r;
	*begin = REF;
	to = put_number(begin + 1, id);
	s->used += (size_t)(to - begin);
	return 0;
}

int spool_end(struct spool *s, uint64_t *where)
{
	int r = put_pending(s);

	*where = place(s);
	return r;
}

/* What is being read. */
struct reading {
	struct spool *spool;
	const struct thin_emit *emit;
	void *arg;
	uint8_t *buffer;		/* for a chunk from the file */
	const uint8_t *chunk;
	struct thin_run last;
	size_t nr;
	struct thin_run runs[BATCH];
};

static int read_chunk(struct reading *rd, size_t i)
{
	if (rd->spool->chunks[i]) {
		rd->chunk = rd->spool->chunks[i];
		return 0;
	}
	if (!rd->buffer)
		rd->buffer = alloc_array(CHUNK, 1);
	if (!rd->buffer)
		return -ENOMEM;
	rd->chunk = rd->buffer;
	return fdio_read_at(rd->spool->fd, rd->buffer, CHUNK, i * CHUNK, NULL);
}

static const uint8_t *get_number(const uint8_t *from, uint64_t *v)
{
	unsigned shift = 0;

	*v = 0;
	do
		*v |= (uint64_t)(*from & 0x7f) << shift;
	while (shift += 7, *from++ & 0x80);
	return from;
}

static const uint8_t *get_run(const uint8_t *from, struct thin_run *last)
{
	struct thin_run run = { .thin_begin = end_of_thin(last), .time = last->time };
	unsigned control = *from++, size = control & DATA;
	uint64_t n;
	__le64 data_le;

	run.data_begin = end_of_data(last);
	if (size) {
		size += 2;
		memcpy(&data_le, from, sizeof(data_le));
		run.data_begin = le64_to_cpu(data_le) & ((1ull << 8 * size) - 1);
		from += size;
	}
	if (control & GAP) {
		from = get_number(from, &n);
		run.thin_begin += n;
	}
	if (control & TIME) {
		from = get_number(from, &n);
		run.time = (uint32_t)n;
	}
	run.length = control >> LENGTH_SHIFT & LENGTH_MAX;
	if (!run.length)
		from = get_number(from, &run.length);
	*last = run;
	return from;
}

static int hand_out(struct reading *rd)
{
	size_t nr = rd->nr;

	rd->nr = 0;
	return nr ? rd->emit->runs(rd->arg, rd->runs, nr) : 0;
}

static int hand_out_ref(struct reading *rd, const uint8_t **from)
{
	uint64_t id;
	int r = hand_out(rd);

	*from = get_number(*from + 1, &id);
	return r ? r : rd->emit->ref(rd->arg, id);
}

/* The part of a section that is in one chunk; @end is CHUNK if it goes on. */
static int read_part(struct reading *rd, size_t begin, size_t end)
{
	const uint8_t *from = rd->chunk + begin, *stop = rd->chunk + end;
	int r = 0;

	while (!r && from < stop && *from != CHUNK_END) {
		if (*from & REF) {
			r = hand_out_ref(rd, &from);
			continue;
		}
		from = get_run(from, &rd->last);
		rd->runs[rd->nr++] = rd->last;
		if (rd->nr == BATCH)
			r = hand_out(rd);
	}
	return r;
}

int spool_read(struct spool *s, uint64_t begin, uint64_t end, const struct thin_emit *emit,
	       void *arg)
{
	struct reading rd;
	int r = 0;

	rd.spool = s;
	rd.emit = emit;
	rd.arg = arg;
	rd.buffer = NULL;
	rd.nr = 0;
	rd.last = (struct thin_run){ 0 };
	while (!r && begin < end) {
		size_t i = (size_t)(begin / CHUNK);
		uint64_t next = (i + 1) * (uint64_t)CHUNK;

		r = read_chunk(&rd, i);
		if (!r)
			r = read_part(&rd, (size_t)(begin % CHUNK),
				      end < next ? (size_t)(end % CHUNK) : CHUNK);
		begin = next;
	}
	if (!r)
		r = hand_out(&rd);
	free(rd.buffer);
	return r;
}
