/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_receive_judge.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/le.h"
#include "thin_receive_checkpoint.h"

static int refuse(struct receiver *r, const char *words)
{
	tool_progress_end();
	tool_say(&thin_receive_tool, r->in.name, "%s", words);
	return -EUCLEAN;
}

static bool is_equal(const uint8_t a[DIGEST_SIZE], const uint8_t b[DIGEST_SIZE])
{
	return !memcmp(a, b, DIGEST_SIZE);
}

static bool is_incremental(const struct receiver *r)
{
	return r->reader.header.flags & THIN_STREAM_INCREMENTAL;
}

/* Is it the same stream, wherever it begins? */
static bool is_same_stream(const struct receiver *r)
{
	const struct wire_header *h = &r->reader.header;
	const struct receive_token *t = &r->state.token;

	return is_equal(t->to, h->to) && is_equal(t->from, h->from) &&
		t->incremental == is_incremental(r) && t->device_size == h->device_size;
}

/* Does the stream go on with what the state tells of? */
static int judge_resumed(struct receiver *r)
{
	const struct wire_header *h = &r->reader.header;
	const struct receive_token *t = &r->state.token;

	if (!r->request->state)
		return refuse(r, "goes on with an interrupted stream, wanted --state with its "
			      "state");
	if (!r->has_state)
		return refuse(r, "goes on with an interrupted stream, but there is no such state");
	if (r->state.complete)
		return refuse(r, "goes on with an interrupted stream, but the target is complete");
	if (!is_same_stream(r))
		return refuse(r, "goes on with another stream than the one that was interrupted");
	if (t->position != h->begin)
		return refuse(r, "goes on elsewhere than the target does; "
			      "\"thin_receive --print-token\" has the place");
	r->resumes = true;
	r->skip_begin = t->position;
	r->skip_end = r->state.touched;
	return 0;
}

static int judge_base(struct receiver *r)
{
	const struct wire_header *h = &r->reader.header;
	char has[DIGEST_TEXT_MAX], wanted[DIGEST_TEXT_MAX];

	if (!r->has_state || !is_incremental(r))
		return 0;
	if (!r->state.complete)
		return refuse(r, "the target has been received in part only; go on with "
			      "\"thin_send --resume\" and what \"thin_receive --print-token\" "
			      "says");
	if (is_equal(r->state.token.to, h->from))
		return 0;
	if (is_equal(r->state.token.to, h->to))
		return refuse(r, "the target is up to date already: this stream has been received");
	tool_say(&thin_receive_tool, r->in.name, "was made from base %s, but the target has %s; "
		 "send from that one, or all", digest_text(h->from, wanted),
		 digest_text(r->state.token.to, has));
	return -EUCLEAN;
}

static void begin_state(struct receiver *r)
{
	const struct wire_header *h = &r->reader.header;
	struct receive_state *s = &r->state;

	if (r->resumes)
		return;
	*s = (struct receive_state){
		.token = {
			.incremental = is_incremental(r), .device_size = h->device_size,
			.position = h->begin,
		},
		.touched = h->begin,
	};
	memcpy(s->token.to, h->to, DIGEST_SIZE);
	memcpy(s->token.from, h->from, DIGEST_SIZE);
}

int receive_judge_state(struct receiver *r)
{
	int e = r->request->state ? receive_state_load(r->request->state, &r->state) : -ENOENT;

	if (e && e != -ENOENT) {
		tool_say(&thin_receive_tool, r->request->state, "%s", e == -EUCLEAN ?
			 "is no state of thin_receive, or damaged" : strerror(-e));
		return -EUCLEAN;
	}
	r->has_state = !e;
	/* What has a base and was interrupted early goes on at 0. */
	if (r->reader.header.begin ||
	    (r->has_state && is_incremental(r) && !r->state.complete &&
	     !r->state.token.position && is_same_stream(r)))
		return judge_resumed(r);
	return judge_base(r);
}

int receive_judge_marks(struct receiver *r)
{
	bool applies = r->resumes || (r->has_state && is_incremental(r));
	unsigned nr = applies ? r->state.nr_marks : 0;

	for (unsigned i = 0; i < nr; i++) {
		const struct receive_mark *m = &r->state.marks[i];
		int e = receive_target_read(&r->target, m->position, r->target.buffer,
					    m->length);

		if (!e && wire_csum(r->target.buffer, m->length) == m->csum)
			continue;
		tool_say(&thin_receive_tool, r->target.name, "byte %" PRIu64 ": has not what was "
			 "received there; it was changed, or %s is the state of another target.  "
			 "Nothing has been written", m->position, r->request->state);
		return -EUCLEAN;
	}
	begin_state(r);
	return 0;
}

static int say_wrong_base(struct receiver *r, uint64_t position)
{
	tool_progress_end();
	tool_say(&thin_receive_tool, r->target.name, "byte %" PRIu64 ": has not what device %"
		 PRIu32 " has there, from which the stream was made; the target is of another "
		 "device or state, or was changed.  Nothing has been written", position,
		 r->reader.header.from_dev);
	return -EUCLEAN;
}

static int judge_zero_proof(struct receiver *r, uint64_t position, uint64_t end)
{
	uint64_t found;
	int e;

	/* What may have been replaced has no say. */
	if (position >= r->skip_begin && position < r->skip_end)
		position = end < r->skip_end ? end : r->skip_end;
	e = receive_target_find_data(&r->target, position, end, &found);
	if (e)
		return receive_say_target(r, e);
	return found < end ? say_wrong_base(r, found) : 0;
}

int receive_judge_proofs(struct receiver *r, const struct wire_record *rec)
{
	uint64_t position = rec->position, end = position + rec->length;

	if (rec->type == THIN_STREAM_ZERO_PROOF)
		return judge_zero_proof(r, position, end);
	for (unsigned i = 0; position < end; i++, position += THIN_STREAM_GRAIN) {
		size_t len = end - position < THIN_STREAM_GRAIN ? (size_t)(end - position) :
			THIN_STREAM_GRAIN;
		int e;

		if (position >= r->skip_begin && position < r->skip_end)
			continue;
		e = receive_target_read(&r->target, position, r->target.buffer, len);
		if (e)
			return receive_say_target(r, e);
		if (wire_csum(r->target.buffer, len) != le32_to_cpu(rec->proofs[i]))
			return say_wrong_base(r, position);
	}
	return 0;
}
