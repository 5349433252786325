/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_extract_window.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/workers.h"
#include "io/engine.h"

enum {
	READERS = 4,		/* a disk likes to have some to choose from */
	TOLD_MAX = 100,		/* messages about what cannot be read */
};

int extract_window_init(struct extract_window *w, const struct extract_request *q,
			struct engine *data)
{
	w->request = q;
	w->data = data;
	w->buffer = alloc_blocks(EXTRACT_WINDOW / META_BLOCK_SIZE);
	return w->buffer ? 0 : -ENOMEM;
}

void extract_window_exit(struct extract_window *w)
{
	free(w->buffer);
}

bool extract_window_has_room(const struct extract_window *w, size_t len)
{
	return w->nr < EXTRACT_PIECES && w->used + len <= EXTRACT_WINDOW;
}

void extract_window_add(struct extract_window *w, uint64_t offset, uint64_t data, size_t len)
{
	w->pieces[w->nr++] = (struct extract_piece){
		.offset = offset, .data = data, .len = len, .to = w->buffer + w->used,
	};
	w->used += len;
}

void extract_window_empty(struct extract_window *w)
{
	w->nr = 0;
	w->used = 0;
}

static int compare_data(const void *a, const void *b)
{
	const struct extract_piece *const *pa = a, *const *pb = b;

	return ((*pa)->data > (*pb)->data) - ((*pa)->data < (*pb)->data);
}

/* Pieces begin and end at blocks of 4096 bytes, which data blocks consist of. */
static void read_piece(const struct extract_window *w, struct extract_piece *p)
{
	p->error = engine_read(w->data, p->to, p->data / META_BLOCK_SIZE,
			       p->len / META_BLOCK_SIZE);
	p->is_read = true;
}

static int read_some(void *arg, unsigned worker)
{
	struct extract_window *w = arg;
	size_t i;

	(void)worker;
	while ((i = __atomic_fetch_add(&w->next, 1, __ATOMIC_RELAXED)) < w->nr)
		read_piece(w, w->by_data[i]);
	return 0;
}

void extract_window_sort(struct extract_window *w)
{
	for (size_t i = 0; i < w->nr; i++)
		w->by_data[i] = &w->pieces[i];
	qsort(w->by_data, w->nr, sizeof(*w->by_data), compare_data);
}

void extract_window_read(struct extract_window *w)
{
	w->next = 0;
	workers_run(w->nr < READERS ? (unsigned)w->nr : READERS, read_some, w);
}

static int say_unreadable(struct extract_window *w, const struct extract_piece *p, size_t at,
			  size_t len, int error)
{
	const struct extract_request *q = w->request;
	const char *end = q->repair ? "zeroes in the output" : "--repair puts zeroes there";

	tool_progress_end();
	if (w->nr_told++ < TOLD_MAX)
		tool_say(&thin_extract_tool, q->data,
			 "%zu bytes at %" PRIu64 " cannot be read (%s), bytes %" PRIu64
			 " to %" PRIu64 " of the volume: %s", len, p->data + at,
			 p->data + at >= engine_size(w->data) ? "the device ends there" :
								   strerror(-error),
			 p->offset + at, p->offset + at + len - 1, end);
	w->missing += len;
	return q->repair ? 0 : -ECANCELED;
}

/* Block by block; what cannot be read follows what cannot be read. */
static int read_again(struct extract_window *w, struct extract_piece *p)
{
	size_t begin = 0, at;
	int r = 0, error = 0;

	for (at = 0; at < p->len && !r; at += META_BLOCK_SIZE) {
		int e = engine_read(w->data, p->to + at, (p->data + at) / META_BLOCK_SIZE, 1);

		if (e && !error)
			begin = at;
		if (e)
			memset(p->to + at, 0, META_BLOCK_SIZE);
		else if (error)
			r = say_unreadable(w, p, begin, at - begin, error);
		error = e;
	}
	return error && !r ? say_unreadable(w, p, begin, at - begin, error) : r;
}

int extract_window_take(struct extract_window *w, struct extract_piece *p)
{
	if (!p->is_read)
		read_piece(w, p);
	return p->error ? read_again(w, p) : 0;
}
