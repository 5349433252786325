/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_send_walk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int put_data(struct sender *s, const struct send_job *j)
{
	int r = 0;

	for (unsigned i = 0; !r && i < j->nr_parts; i++)
		r = j->parts[i].payload ?
			wire_put_data(&s->writer, &j->parts[i]) :
			wire_put_run(&s->writer, THIN_STREAM_ZERO, j->parts[i].position,
				     j->parts[i].length);
	__atomic_fetch_add(&s->progress.done, j->work.length, __ATOMIC_RELAXED);
	return r;
}

static int put(struct sender *s, const struct send_job *j)
{
	const struct send_work *w = &j->work;

	switch (w->type) {
	case THIN_STREAM_DATA:
		return put_data(s, j);
	case THIN_STREAM_PROOFS:
		return wire_put_proofs(&s->writer, w->position, w->length, j->proofs);
	default:
		return wire_put_run(&s->writer, w->type, w->position, w->length);
	}
}

int send_walk_take(void *arg, const struct send_job *j)
{
	struct sender *s = arg;
	int r = put(s, j);

	s->write_failed = r != 0;
	return r;
}

/* Ends a walk; what was wrong with data is put into words here. */
static int note(struct sender *s, int r)
{
	const struct send_work *w = &s->ring.failed;

	if (!r)
		return 0;
	s->error = r;
	if (s->write_failed)
		return -ECANCELED;
	tool_progress_end();
	if (r == -ENODATA)
		tool_say(&thin_send_tool, s->source->data_name, "ends before byte %" PRIu64
			 ", up to which the device has data; is it the right one?",
			 w->offset + w->length);
	else
		tool_say(&thin_send_tool, s->source->data_name, "reading %" PRIu64
			 " bytes at byte %" PRIu64 ": %s", w->length, w->offset, strerror(-r));
	s->error = -EUCLEAN;
	return -ECANCELED;
}

static int add_run(struct sender *s, enum thin_stream_type type, uint64_t begin, uint64_t end)
{
	struct send_work w = {
		.type = type, .position = begin, .length = end - begin, .fd = -1,
	};

	return begin < end ? note(s, send_ring_add(&s->ring, &w)) : 0;
}

/* Bytes of a run that are wanted, and the byte of data of the first of them. */
struct part {
	uint64_t begin, end;
	uint64_t offset;
};

static struct part clip(const struct sender *s, const struct thin_delta_run *run, uint64_t data)
{
	uint64_t nr = (s->size + s->block - 1) / s->block;
	uint64_t first = run->thin_begin < nr ? run->thin_begin : nr;
	uint64_t last = run->length < nr - first ? first + run->length : nr;
	struct part p = { .begin = first * s->block, .end = last * s->block };

	if (p.end > s->size)
		p.end = s->size;
	if (p.begin < s->begin)
		p.begin = s->begin;
	if (p.begin > p.end)
		p.begin = p.end;
	p.offset = data * s->block + (p.begin - first * s->block);
	return p;
}

static int add_data(struct sender *s, enum thin_stream_type type, int fd, struct part p)
{
	const uint64_t max = SEND_PIECE;
	int r = 0;

	while (!r && p.begin < p.end) {
		struct send_work w = {
			.type = type, .position = p.begin, .fd = fd, .offset = p.offset,
			.length = p.end - p.begin < max ? p.end - p.begin : max,
		};

		r = note(s, send_ring_add(&s->ring, &w));
		p.begin += w.length;
		p.offset += w.length;
	}
	return r;
}

/* One grain at a random place of a block. */
static int add_sample(struct sender *s, const struct thin_delta_run *run, uint64_t nr)
{
	uint64_t grains = s->block / THIN_STREAM_GRAIN;
	struct thin_delta_run one = { .thin_begin = run->thin_begin + nr, .length = 1 };
	struct part p = clip(s, &one, run->left_data + nr);
	uint64_t skip = (uint64_t)rand() % grains * THIN_STREAM_GRAIN;

	if (p.begin >= p.end || skip >= p.end - p.begin)
		return 0;
	p.begin += skip;
	p.offset += skip;
	if (p.end - p.begin > THIN_STREAM_GRAIN)
		p.end = p.begin + THIN_STREAM_GRAIN;
	return add_data(s, THIN_STREAM_PROOFS, s->source->data_fd, p);
}

static int sample(struct sender *s, const struct thin_delta_run *run)
{
	int r = 0;

	while (!r && s->next_sample < s->same_seen + run->length) {
		r = add_sample(s, run, s->next_sample - s->same_seen);
		s->next_sample += s->step;
	}
	s->same_seen += run->length;
	return r;
}

static int prove(struct sender *s, const struct thin_delta_run *run)
{
	struct part p;

	if (run->kind == THIN_DELTA_SAME)
		return sample(s, run);
	p = clip(s, run, run->left_data);
	if (run->kind == THIN_DELTA_RIGHT_ONLY)
		return add_run(s, THIN_STREAM_ZERO_PROOF, p.begin, p.end);
	return add_data(s, THIN_STREAM_PROOFS, s->source->data_fd, p);
}

/* Up to here everything is as the base has it, or there is nothing. */
static int fill_gap(struct sender *s, uint64_t until)
{
	int r = add_run(s, send_is_incremental(s) ? THIN_STREAM_SAME : THIN_STREAM_HOLE,
			s->position, until);

	s->position = until;
	return r;
}

static int send_run(struct sender *s, const struct thin_delta_run *run)
{
	struct part p = clip(s, run, run->right_data);
	int fd = s->source->data_fd, r;

	if (p.begin >= p.end)
		return 0;
	r = fill_gap(s, p.begin);
	s->position = p.end;
	if (r)
		return r;
	if (run->kind == THIN_DELTA_LEFT_ONLY)
		return add_run(s, THIN_STREAM_HOLE, p.begin, p.end);
	if (s->source->device_fd >= 0) {
		fd = s->source->device_fd;
		p.offset = p.begin;
	}
	return add_data(s, THIN_STREAM_DATA, fd, p);
}

static int look_at(void *arg, const struct thin_delta_run *run)
{
	struct sender *s = arg;
	struct part p;

	switch (s->phase) {
	case SEND_MEASURE:
		p = clip(s, run, 0);
		s->measured += p.end - p.begin;
		return 0;
	case SEND_PROVE:
		return prove(s, run);
	case SEND_BODY:
		break;
	}
	return send_run(s, run);
}

int send_walk(struct sender *s, enum send_phase phase)
{
	const bool wanted[NR_THIN_DELTA_KINDS] = {
		[THIN_DELTA_SAME] = phase == SEND_PROVE,
		[THIN_DELTA_DIFFERENT] = true,
		[THIN_DELTA_LEFT_ONLY] = phase != SEND_MEASURE,
		[THIN_DELTA_RIGHT_ONLY] = true,
	};
	struct survey_source source = send_source_survey(s->source);
	struct fault f = { .dev_id = FAULT_NO_DEV };
	int r;

	s->phase = phase;
	r = survey_walk(&source, wanted, look_at, s, &f);
	if (!r && phase == SEND_BODY)
		r = fill_gap(s, s->size);
	if (!r && phase != SEND_MEASURE)
		r = note(s, send_ring_drain(&s->ring));
	if (!r || r == -ECANCELED)
		return s->error;
	tool_progress_end();
	return send_source_conclude(s->source, r, &f);
}
