/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_extract_copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fdio.h"
#include "thin_extract_share.h"
#include "thin_extract_window.h"

struct extract_copy {
	const struct extract_job *job;
	struct extract_share share;
	struct extract_window window;
	uint64_t at;		/* written up to here */
	char *origin;		/* EXTRACT_PIECE bytes, if there is an origin */
};

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
		size_t len = end - c->at < EXTRACT_PIECE ? (size_t)(end - c->at) : EXTRACT_PIECE;

		r = fdio_read_at(c->job->source->origin, c->origin, len, c->at, NULL);
		if (r)
			return say_failure(c->job->request->origin, r);
		r = extract_target_data(c->job->target, c->at, c->origin, len);
		c->at += len;
	}
	return r ? say_failure(c->job->target->name, r) : 0;
}

/* Nothing is mapped from where we are up to @end. */
static int fill_gap(struct extract_copy *c, uint64_t end)
{
	uint64_t origin_end = c->job->source->origin < 0 ? 0 : c->job->source->origin_size;
	int r = 0;

	if (c->at < origin_end && c->at < end)
		r = copy_origin(c, end < origin_end ? end : origin_end);
	if (r || c->at >= end)
		return r;
	r = extract_target_zero(c->job->target, c->at, end - c->at);
	c->at = end;
	return r ? say_failure(c->job->target->name, r) : 0;
}

/* The part of a piece from @begin to @end. */
static int write_part(struct extract_copy *c, struct extract_piece *p, uint64_t begin, uint64_t end)
{
	struct extract_target *t = c->job->target;
	uint64_t skip = begin - p->offset;
	int r;

	if (!p->is_read && extract_share_piece(&c->share, t, begin, p->data + skip,
					       (size_t)(end - begin)))
		return 0;
	r = extract_window_take(&c->window, p);
	if (r)
		return r;
	r = extract_target_data(t, begin, p->to + skip, (size_t)(end - begin));
	return r ? say_failure(t->name, r) : 0;
}

static int write_piece(struct extract_copy *c, struct extract_piece *p)
{
	const struct extract_survey *s = c->job->survey;
	uint64_t begin = p->offset < s->begin ? s->begin : p->offset;
	uint64_t end = p->offset + p->len < s->end ? p->offset + p->len : s->end;
	int r = fill_gap(c, begin);

	if (!r)
		r = write_part(c, p, begin, end);
	c->at = end;
	__atomic_fetch_add(&c->job->progress->done, p->len, __ATOMIC_RELAXED);
	return r;
}

/* Clones and copies within the kernel need no reading, but gain from being announced. */
static void prepare(struct extract_copy *c)
{
	struct extract_window *w = &c->window;

	extract_window_sort(w);
	if (!extract_share_works(&c->share)) {
		extract_window_read(w);
		return;
	}
	for (size_t i = 0; i < w->nr; i++)
		extract_share_announce(&c->share, w->by_data[i]->data, w->by_data[i]->len);
}

static int flush(struct extract_copy *c)
{
	int r = 0;

	prepare(c);
	for (size_t i = 0; i < c->window.nr && !r; i++)
		r = write_piece(c, &c->window.pieces[i]);
	extract_window_empty(&c->window);
	return r;
}

static int add_piece(struct extract_copy *c, uint64_t offset, uint64_t data, size_t len)
{
	int r = extract_window_has_room(&c->window, len) ? 0 : flush(c);

	if (!r)
		extract_window_add(&c->window, offset, data, len);
	return r;
}

/* What of a run the range has, in pieces. */
static int add_run(struct extract_copy *c, const struct thin_run *run)
{
	const struct extract_survey *s = c->job->survey;
	uint64_t size = s->block_size, last = (s->end - 1) / size;
	uint64_t nr, offset, end;
	int r = 0;

	if (run->thin_begin > last)
		return 0;
	nr = last - run->thin_begin < run->length ? last - run->thin_begin + 1 : run->length;
	offset = run->thin_begin * size;
	end = offset + nr * size;
	for (uint64_t at = offset; at < end && at < s->end && !r; at += EXTRACT_PIECE) {
		size_t len = end - at < EXTRACT_PIECE ? (size_t)(end - at) : EXTRACT_PIECE;

		if (at + len > s->begin)
			r = add_piece(c, at, run->data_begin * size + (at - offset), len);
	}
	return r;
}

static int add_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	struct extract_copy *c = arg;
	int r = 0;

	for (size_t i = 0; i < nr && !r && c->job->survey->end > c->job->survey->begin; i++)
		r = add_run(c, &runs[i]);
	return r;
}

static int init(struct extract_copy *c, const struct extract_job *job)
{
	c->job = job;
	c->at = job->survey->begin;
	extract_share_open(&c->share, job->request->data, job->target);
	if (job->source->origin >= 0)
		c->origin = malloc(EXTRACT_PIECE);
	if (job->source->origin >= 0 && !c->origin)
		return -ENOMEM;
	return extract_window_init(&c->window, job->request, job->source->data);
}

static void free_copy(struct extract_copy *c)
{
	extract_share_close(&c->share);
	extract_window_exit(&c->window);
	free(c->origin);
	free(c);
}

int extract_copy(const struct extract_job *job, struct extract_map *map, uint64_t *missing)
{
	static const struct thin_emit emit = { .runs = add_runs };
	struct extract_copy *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	r = init(c, job);
	if (!r)
		r = extract_map_tell(map, &emit, c);
	if (!r)
		r = flush(c);
	if (!r)
		r = fill_gap(c, job->survey->end);
	*missing = c->window.missing;
	free_copy(c);
	return r == -ECANCELED ? -EUCLEAN : r;
}
