/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_extract_copy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/workers.h"
#include "io/engine.h"
#include "meta/format.h"
#include "thin_extract_share.h"

enum {
	WINDOW = 32 << 20,	/* bytes that are read before they are written */
	PIECE = 1 << 20,	/* read at once */
	PIECES = WINDOW / (THIN_DATA_BLOCK_MIN * META_SECTOR_SIZE),
	READERS = 4,		/* a disk likes to have some to choose from */
	TOLD_MAX = 100,		/* messages about what cannot be read */
};

/* A stretch that follows itself in the volume and on the data device. */
struct piece {
	uint64_t offset;	/* in the volume */
	uint64_t data;		/* on the data device */
	size_t len;
	char *to;		/* in the buffer */
	bool is_read;
	int error;
};

struct extract_copy {
	struct extract_job job;
	struct extract_share share;
	uint64_t at;		/* written up to here */
	char *buffer;
	size_t used;
	char *origin;		/* PIECE bytes, if there is an origin */
	struct piece pieces[PIECES];
	size_t nr;
	struct piece *by_data[PIECES];
	size_t next;		/* to be read, taken atomically */
	uint64_t missing;
	unsigned nr_told;
};

struct extract_copy *extract_copy_new(const struct extract_job *job)
{
	struct extract_copy *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->job = *job;
	c->at = job->begin;
	extract_share_open(&c->share, job->request->data, job->target);
	c->buffer = alloc_blocks(WINDOW / META_BLOCK_SIZE);
	if (job->origin >= 0)
		c->origin = malloc(PIECE);
	if (c->buffer && (job->origin < 0 || c->origin))
		return c;
	extract_copy_free(c);
	return NULL;
}

void extract_copy_free(struct extract_copy *c)
{
	if (c) {
		extract_share_close(&c->share);
		free(c->buffer);
		free(c->origin);
	}
	free(c);
}

uint64_t extract_copy_missing(const struct extract_copy *c)
{
	return c->missing;
}

static int compare_data(const void *a, const void *b)
{
	const struct piece *const *pa = a, *const *pb = b;

	return ((*pa)->data > (*pb)->data) - ((*pa)->data < (*pb)->data);
}

/* Pieces begin and end at blocks of 4096 bytes, which data blocks consist of. */
static void read_piece(const struct extract_copy *c, struct piece *p)
{
	p->error = engine_read(c->job.data, p->to, p->data / META_BLOCK_SIZE,
			       p->len / META_BLOCK_SIZE);
	p->is_read = true;
}

static int read_some(void *arg, unsigned worker)
{
	struct extract_copy *c = arg;
	size_t i;

	(void)worker;
	while ((i = __atomic_fetch_add(&c->next, 1, __ATOMIC_RELAXED)) < c->nr)
		read_piece(c, c->by_data[i]);
	return 0;
}

static void read_pieces(struct extract_copy *c)
{
	for (size_t i = 0; i < c->nr; i++)
		c->by_data[i] = &c->pieces[i];
	qsort(c->by_data, c->nr, sizeof(*c->by_data), compare_data);
	c->next = 0;
	if (extract_share_works(&c->share)) {
		for (size_t i = 0; i < c->nr; i++)
			extract_share_announce(&c->share, c->by_data[i]->data, c->by_data[i]->len);
		return;
	}
	workers_run(c->nr < READERS ? (unsigned)c->nr : READERS, read_some, c);
}

static int say_unreadable(struct extract_copy *c, const struct piece *p, size_t at, size_t len,
			  int error)
{
	const struct extract_request *q = c->job.request;
	const char *end = q->repair ? "zeroes in the output" : "--repair puts zeroes there";

	tool_progress_end();
	if (c->nr_told++ < TOLD_MAX)
		tool_say(&thin_extract_tool, q->data,
			 "%zu bytes at %" PRIu64 " cannot be read (%s), bytes %" PRIu64
			 " to %" PRIu64 " of the volume: %s", len, p->data + at,
			 p->data + at >= engine_size(c->job.data) ? "the device ends there" :
								   strerror(-error),
			 p->offset + at, p->offset + at + len - 1, end);
	c->missing += len;
	return q->repair ? 0 : -ECANCELED;
}

/* Block by block; what cannot be read follows what cannot be read. */
static int read_again(struct extract_copy *c, struct piece *p)
{
	size_t begin = 0, at;
	int r = 0, error = 0;

	for (at = 0; at < p->len && !r; at += META_BLOCK_SIZE) {
		int e = engine_read(c->job.data, p->to + at, (p->data + at) / META_BLOCK_SIZE, 1);

		if (e && !error)
			begin = at;
		if (e)
			memset(p->to + at, 0, META_BLOCK_SIZE);
		else if (error)
			r = say_unreadable(c, p, begin, at - begin, error);
		error = e;
	}
	return error && !r ? say_unreadable(c, p, begin, at - begin, error) : r;
}

static int say_failure(const char *name, int r)
{
	tool_progress_end();
	if (r != -EPIPE)
		tool_say(&thin_extract_tool, name, "%s", strerror(-r));
	return -ECANCELED;
}

/* Up to @end, which is not behind the end of the origin. */
static int copy_origin(struct extract_copy *c, uint64_t end)
{
	int r = 0;

	while (c->at < end && !r) {
		size_t len = end - c->at < PIECE ? (size_t)(end - c->at) : PIECE;

		r = fdio_read_at(c->job.origin, c->origin, len, c->at, NULL);
		if (r)
			return say_failure(c->job.request->origin, r);
		r = extract_target_data(c->job.target, c->at, c->origin, len);
		c->at += len;
	}
	return r ? say_failure(c->job.target->name, r) : 0;
}

/* Nothing is mapped from where we are up to @end. */
static int fill_gap(struct extract_copy *c, uint64_t end)
{
	uint64_t origin_end = c->job.origin < 0 ? 0 : c->job.origin_size;
	int r = 0;

	if (c->at < origin_end && c->at < end)
		r = copy_origin(c, end < origin_end ? end : origin_end);
	if (r || c->at >= end)
		return r;
	r = extract_target_zero(c->job.target, c->at, end - c->at);
	c->at = end;
	return r ? say_failure(c->job.target->name, r) : 0;
}

/* The part of a piece from @begin to @end. */
static int write_part(struct extract_copy *c, struct piece *p, uint64_t begin, uint64_t end)
{
	struct extract_target *t = c->job.target;
	uint64_t skip = begin - p->offset;
	int r;

	if (!p->is_read && extract_share_piece(&c->share, t, begin, p->data + skip,
					       (size_t)(end - begin)))
		return 0;
	if (!p->is_read)
		read_piece(c, p);
	r = p->error ? read_again(c, p) : 0;
	if (r)
		return r;
	r = extract_target_data(t, begin, p->to + skip, (size_t)(end - begin));
	return r ? say_failure(t->name, r) : 0;
}

static int write_piece(struct extract_copy *c, struct piece *p)
{
	uint64_t begin = p->offset < c->job.begin ? c->job.begin : p->offset;
	uint64_t end = p->offset + p->len < c->job.end ? p->offset + p->len : c->job.end;
	int r = fill_gap(c, begin);

	if (!r)
		r = write_part(c, p, begin, end);
	c->at = end;
	__atomic_fetch_add(&c->job.progress->done, p->len, __ATOMIC_RELAXED);
	return r;
}

static int flush(struct extract_copy *c)
{
	int r = 0;

	read_pieces(c);
	for (size_t i = 0; i < c->nr && !r; i++)
		r = write_piece(c, &c->pieces[i]);
	c->nr = 0;
	c->used = 0;
	return r;
}

static int add_piece(struct extract_copy *c, uint64_t offset, uint64_t data, size_t len)
{
	int r = c->nr == PIECES || c->used + len > WINDOW ? flush(c) : 0;

	if (r)
		return r;
	c->pieces[c->nr++] = (struct piece){
		.offset = offset, .data = data, .len = len, .to = c->buffer + c->used,
	};
	c->used += len;
	return 0;
}

/* What of a run the range has, in pieces. */
static int add_run(struct extract_copy *c, const struct thin_run *run)
{
	uint64_t size = c->job.block_size, last = (c->job.end - 1) / size;
	uint64_t nr, offset, end;
	int r = 0;

	if (run->thin_begin > last)
		return 0;
	nr = last - run->thin_begin < run->length ? last - run->thin_begin + 1 : run->length;
	offset = run->thin_begin * size;
	end = offset + nr * size;
	for (uint64_t at = offset; at < end && at < c->job.end && !r; at += PIECE) {
		size_t len = end - at < PIECE ? (size_t)(end - at) : PIECE;

		if (at + len > c->job.begin)
			r = add_piece(c, at, run->data_begin * size + (at - offset), len);
	}
	return r;
}

int extract_copy_runs(struct extract_copy *c, const struct thin_run *runs, size_t nr)
{
	int r = 0;

	for (size_t i = 0; i < nr && !r && c->job.end > c->job.begin; i++)
		r = add_run(c, &runs[i]);
	return r;
}

int extract_copy_end(struct extract_copy *c)
{
	int r = flush(c);

	return r ? r : fill_gap(c, c->job.end);
}
