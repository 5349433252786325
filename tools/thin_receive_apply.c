/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_receive_apply.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "thin_receive_checkpoint.h"
#include "thin_receive_judge.h"

/* The next record, with words for what is wrong with it. */
static int read_record(struct receiver *r, struct wire_record *rec)
{
	char text[WIRE_ISSUE_TEXT_MAX];
	int e = wire_read(&r->reader, rec);

	if (!e && rec->type != THIN_STREAM_ABORT)
		return 0;
	tool_progress_end();
	r->aborted = !e;
	if (!e)
		tool_say(&thin_receive_tool, r->in.name, "the sender gave up: what it was sending "
			 "has changed meanwhile");
	else
		tool_say(&thin_receive_tool, r->in.name, "%s", e == -EUCLEAN ?
			 wire_issue_text(&r->reader.issue, text) : strerror(-e));
	return -EUCLEAN;
}

static bool is_proof(const struct wire_record *rec)
{
	return rec->type == THIN_STREAM_PROOFS || rec->type == THIN_STREAM_ZERO_PROOF;
}

/* All of the stream, without writing. */
static int scan(struct receiver *r)
{
	struct wire_record rec;
	int e;

	tool_progress_begin("checking", &r->progress);
	do {
		e = read_record(r, &rec);
		if (!e && is_proof(&rec) && r->target.fd >= 0)
			e = receive_judge_proofs(r, &rec);
		if (!e && rec.type == THIN_STREAM_DATA)
			__atomic_fetch_add(&r->progress.done, rec.length, __ATOMIC_RELAXED);
	} while (!e && rec.type != THIN_STREAM_END);
	tool_progress_end();
	r->progress.done = 0;
	return e;
}

static int rewind_stream(struct receiver *r)
{
	struct wire_record rec;
	uint8_t id[DIGEST_SIZE];
	int e;

	memcpy(id, r->reader.header.id, sizeof(id));
	if (lseek(r->in.fd, r->start, SEEK_SET) < 0) {
		tool_say(&thin_receive_tool, r->in.name, "%s", strerror(errno));
		return -EUCLEAN;
	}
	wire_reader_rewind(&r->reader);
	e = read_record(r, &rec);
	if (e || !memcmp(id, r->reader.header.id, sizeof(id)))
		return e;
	tool_say(&thin_receive_tool, r->in.name, "has changed while it was read");
	return -EUCLEAN;
}

static int write_record(struct receiver *r, const struct wire_record *rec)
{
	int e = receive_checkpoint_if_due(r, rec);

	if (e)
		return e;
	if (rec->type == THIN_STREAM_DATA)
		e = receive_target_write(&r->target, rec->position, rec->content, rec->length);
	else
		e = receive_target_zero(&r->target, rec->position, rec->length);
	if (e)
		return receive_say_target(r, e);
	receive_remember(r, rec);
	__atomic_fetch_add(&r->progress.done, rec->type == THIN_STREAM_DATA ? rec->length : 0,
			   __ATOMIC_RELAXED);
	return 0;
}

static int finish(struct receiver *r)
{
	int e = receive_target_resize(&r->target, r->reader.header.device_size);

	if (e)
		return receive_say_target(r, e);
	r->state.complete = true;
	return receive_checkpoint(r, r->reader.header.device_size, r->reader.header.device_size);
}

static int take_record(struct receiver *r, const struct wire_record *rec)
{
	switch (rec->type) {
	case THIN_STREAM_PROOFS:
	case THIN_STREAM_ZERO_PROOF:
		return r->twice ? 0 : receive_judge_proofs(r, rec);
	case THIN_STREAM_DATA:
	case THIN_STREAM_ZERO:
	case THIN_STREAM_HOLE:
		return write_record(r, rec);
	case THIN_STREAM_END:
		return finish(r);
	default:
		return 0;
	}
}

/* What came before an abort is no good either: there is nothing to go on with. */
static void start_over(struct receiver *r)
{
	uint64_t position = r->reader.position;

	if (r->state.touched < position)
		r->state.touched = position;
	r->state.token.position = 0;
	if (r->request->state)
		(void)receive_checkpoint_state(r);
	tool_say(&thin_receive_tool, r->target.name, "is of no use; receive all of it again");
}

/* What was received before the stream broke off need not be sent again. */
static void say_how_to_go_on(struct receiver *r, bool stream_failed)
{
	if (!r->target.written && !r->resumes)
		return;
	if (r->aborted) {
		start_over(r);
		return;
	}
	if (!r->request->state) {
		tool_say(&thin_receive_tool, r->target.name, "is incomplete; receive all of it "
			 "again, and with --state it can go on the next time");
		return;
	}
	if (stream_failed && r->target.written && receive_checkpoint(r, r->reader.position,
							     r->reader.position))
		return;
	tool_say(&thin_receive_tool, r->target.name, "is incomplete; \"thin_send --resume TOKEN\" "
		 "goes on, with the token of \"thin_receive --print-token --state %s\"",
		 r->request->state);
}

static int apply(struct receiver *r)
{
	bool stream_failed = false;
	struct wire_record rec;
	int e;

	tool_progress_begin("receiving", &r->progress);
	do {
		e = read_record(r, &rec);
		stream_failed = e != 0;
		if (!e)
			e = take_record(r, &rec);
	} while (!e && rec.type != THIN_STREAM_END);
	tool_progress_end();
	if (e)
		say_how_to_go_on(r, stream_failed);
	return e;
}

static int open_target(struct receiver *r)
{
	const struct wire_header *h = &r->reader.header;
	const struct receive_request *q = r->request;
	struct receive_access how = {
		.size = h->device_size, .write = !q->dry_run,
		.create = !(h->flags & THIN_STREAM_INCREMENTAL) && !h->begin,
	};
	int e;

	r->target.fd = -1;
	if (!q->output || (q->dry_run && how.create && access(q->output, F_OK)))
		return 0;
	e = receive_target_open(&r->target, q->output, &how);
	/* A file that is there only now may have the name of both. */
	if (e || !q->state || !tool_is_taken(&thin_receive_tool, q->output, q->state, "the state"))
		return e;
	return -EUCLEAN;
}

int receive_apply(struct receiver *r)
{
	struct wire_record rec;
	int e = read_record(r, &rec);

	if (e)
		return e;
	r->progress.total = r->reader.header.data_bytes;
	e = receive_judge_state(r);
	if (!e)
		e = open_target(r);
	if (!e && r->target.fd >= 0)
		e = receive_judge_marks(r);
	if (!e && (r->twice || r->request->dry_run))
		e = scan(r);
	if (e || r->request->dry_run)
		return e;
	if (r->twice)
		e = rewind_stream(r);
	return e ? e : apply(r);
}
