/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_send_stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/units.h"
#include "base/workers.h"
#include "meta/format.h"
#include "thin_send_ring.h"

/* Grains of the base that are proven where it stays as it is. */
#define SAMPLES 256u

enum phase { MEASURE, PROVE, BODY };

struct sender {
	struct send_source *source;
	const struct survey *survey;
	struct wire_writer writer;
	struct send_ring ring;
	enum phase phase;
	uint64_t block;			/* bytes */
	uint64_t begin, size;		/* of the device, what is to be sent */
	uint64_t position;		/* the body has come so far */
	uint64_t measured;		/* bytes of data */
	uint64_t same_seen, next_sample, step;	/* blocks that are the same */
	struct progress progress;
	bool write_failed;
	int error;
};

static bool is_incremental(const struct sender *s)
{
	return s->source->request->from != NULL;
}

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

/* What the ring hands out, in order. */
static int take(void *arg, const struct send_job *j)
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
	int r = add_run(s, is_incremental(s) ? THIN_STREAM_SAME : THIN_STREAM_HOLE, s->position,
			until);

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
	case MEASURE:
		p = clip(s, run, 0);
		s->measured += p.end - p.begin;
		return 0;
	case PROVE:
		return prove(s, run);
	case BODY:
		break;
	}
	return send_run(s, run);
}

static int walk(struct sender *s, enum phase phase)
{
	const bool wanted[NR_THIN_DELTA_KINDS] = {
		[THIN_DELTA_SAME] = phase == PROVE,
		[THIN_DELTA_DIFFERENT] = true,
		[THIN_DELTA_LEFT_ONLY] = phase != MEASURE,
		[THIN_DELTA_RIGHT_ONLY] = true,
	};
	struct survey_source source = send_source_survey(s->source);
	struct fault f = { .dev_id = FAULT_NO_DEV };
	int r;

	s->phase = phase;
	r = survey_walk(&source, wanted, look_at, s, &f);
	if (!r && phase == BODY)
		r = fill_gap(s, s->size);
	if (!r && phase != MEASURE)
		r = note(s, send_ring_drain(&s->ring));
	if (!r || r == -ECANCELED)
		return s->error;
	tool_progress_end();
	return send_source_conclude(s->source, r, &f);
}

/* The size of the device, which metadata does not have. */
static int find_size(struct sender *s)
{
	uint64_t end = s->survey->device.end;

	s->block = (uint64_t)s->survey->pool.data_block_size * META_SECTOR_SIZE;
	s->size = s->source->size;
	if (!s->source->size_known && end > THIN_STREAM_SIZE_MAX / s->block) {
		tool_say(&thin_send_tool, s->source->name, "the device maps block %" PRIu64
			 ", which no device has; --size says where it ends", end - 1);
		return -EUCLEAN;
	}
	if (!s->source->size_known)
		s->size = end * s->block;
	return 0;
}

static int judge_token(struct sender *s, const struct receive_token *t)
{
	const char *what = NULL;

	if (!t)
		return 0;
	if (t->incremental != is_incremental(s))
		what = t->incremental ? "what is to go on has a base, wanted --from" :
					"what is to go on has no base, wanted no --from";
	else if (memcmp(t->to, s->survey->device.identity, DIGEST_SIZE))
		what = "the device is not what it was when the stream began; "
			"send all of it, or from a base that the receiver has";
	else if (t->incremental && memcmp(t->from, s->survey->base.identity, DIGEST_SIZE))
		what = "the base is not what it was when the stream began";
	else if (t->device_size != s->size)
		what = "the size of the device is not what it was when the stream began";
	else if (t->position > s->size || (t->position % THIN_STREAM_GRAIN &&
					   t->position != s->size))
		what = "the position to go on from is not in the device";
	if (!what) {
		s->begin = s->position = t->position;
		return 0;
	}
	tool_say(&thin_send_tool, "cannot go on", "%s", what);
	return -EUCLEAN;
}

static int make_header(struct sender *s, struct wire_header *h)
{
	*h = (struct wire_header){
		.flags = (is_incremental(s) ? THIN_STREAM_INCREMENTAL : 0) |
			(s->source->size_known ? 0 : THIN_STREAM_SIZE_GUESSED),
		.to_dev = s->source->request->dev_id, .device_size = s->size,
		.begin = s->begin, .data_bytes = s->measured,
		.data_block_size = s->survey->pool.data_block_size,
		.pool_time = s->survey->pool.time,
		.transaction_id = s->survey->pool.transaction_id,
		.created = (uint64_t)time(NULL),
	};
	memcpy(h->to, s->survey->device.identity, sizeof(h->to));
	if (is_incremental(s)) {
		h->from_dev = s->source->request->base_id;
		memcpy(h->from, s->survey->base.identity, sizeof(h->from));
	}
	strcpy(h->pool, s->source->pool);
	return getrandom(h->id, sizeof(h->id), 0) == (ssize_t)sizeof(h->id) ? 0 : -EIO;
}

/* The end is sent only if all that was sent is true. */
static int finish(struct sender *s)
{
	int r;

	tool_progress_end();
	r = send_source_confirm(s->source, s->survey);
	if (!r)
		return wire_put_end(&s->writer, s->size);
	if (r == -EUCLEAN)
		(void)wire_put_abort(&s->writer);
	return r;
}

static int send_all(struct sender *s, struct wire_header *h)
{
	int r;

	s->step = s->survey->nr_same / SAMPLES + 1;
	srand((unsigned)(h->id[0] | h->id[1] << 8 | h->id[2] << 16));
	s->next_sample = (uint64_t)rand() % s->step;
	s->progress.total = s->measured;
	tool_progress_begin("sending", &s->progress);
	r = wire_put_header(&s->writer, h);
	if (!r && is_incremental(s))
		r = walk(s, PROVE);
	if (!r)
		r = walk(s, BODY);
	tool_progress_end();
	return r ? r : finish(s);
}

static int send_with(struct sender *s, int fd, struct send_result *result)
{
	const struct send_request *q = s->source->request;
	unsigned nr = q->threads.set && q->threads.value ? (unsigned)q->threads.value :
		workers_default() + 1;
	int level = q->compress.has_value ? (int)q->compress.value : q->compress.set ? 1 : 0;
	int r = send_ring_init(&s->ring, nr, level, take, s);

	if (!r)
		r = wire_writer_init(&s->writer, fd);
	if (!r)
		r = send_all(s, &result->header);
	send_ring_exit(&s->ring);
	result->written = s->writer.written;
	result->totals = s->writer.totals;
	wire_writer_exit(&s->writer);
	return r;
}

int send_stream(struct send_source *source, int fd, const struct receive_token *token,
		struct send_result *result)
{
	struct survey_source from = send_source_survey(source);
	struct fault f = { .dev_id = FAULT_NO_DEV };
	struct sender *s = calloc(1, sizeof(*s));
	int r;

	*result = (struct send_result){ .written = 0 };
	if (!s)
		return -ENOMEM;
	s->source = source;
	s->survey = &result->survey;
	r = send_source_conclude(source, survey_take(&from, &result->survey, &f), &f);
	if (!r)
		r = find_size(s);
	if (!r)
		r = judge_token(s, token);
	if (!r)
		r = walk(s, MEASURE);
	result->nr_changed_bytes = s->measured;
	if (!r)
		r = make_header(s, &result->header);
	if (!r && fd >= 0)
		r = send_with(s, fd, result);
	free(s);
	return r;
}
