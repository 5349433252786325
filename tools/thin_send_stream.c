/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_send_stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/workers.h"
#include "meta/format.h"
#include "thin_send_walk.h"

/* Grains of the base that are proven where it stays as it is. */
#define SAMPLES 256u

/*
 * The size of the device, which metadata does not have.  Where the base was mapped
 * and the device is not, the receiver has to learn that there is nothing any more.
 */
static int find_size(struct sender *s)
{
	uint64_t end = s->survey->device.end;

	if (s->survey->base.end > end)
		end = s->survey->base.end;
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
	if (t->incremental != send_is_incremental(s))
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
		.flags = (send_is_incremental(s) ? THIN_STREAM_INCREMENTAL : 0) |
			(s->source->size_known ? 0 : THIN_STREAM_SIZE_GUESSED),
		.to_dev = s->source->request->dev_id, .device_size = s->size,
		.begin = s->begin, .data_bytes = s->measured,
		.data_block_size = s->survey->pool.data_block_size,
		.pool_time = s->survey->pool.time,
		.transaction_id = s->survey->pool.transaction_id,
		.created = (uint64_t)time(NULL),
	};
	memcpy(h->to, s->survey->device.identity, sizeof(h->to));
	if (send_is_incremental(s)) {
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
	if (!r && send_is_incremental(s))
		r = send_walk(s, SEND_PROVE);
	if (!r)
		r = send_walk(s, SEND_BODY);
	tool_progress_end();
	return r ? r : finish(s);
}

static int send_with(struct sender *s, int fd, struct send_result *result)
{
	const struct send_request *q = s->source->request;
	unsigned nr = q->threads.set && q->threads.value ? (unsigned)q->threads.value :
		workers_default() + 1;
	int level = q->compress.has_value ? (int)q->compress.value : q->compress.set ? 1 : 0;
	int r = send_ring_init(&s->ring, nr, level, send_walk_take, s);

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
		r = send_walk(s, SEND_MEASURE);
	result->nr_changed_bytes = s->measured;
	if (!r)
		r = make_header(s, &result->header);
	if (!r && fd >= 0)
		r = send_with(s, fd, result);
	free(s);
	return r;
}
