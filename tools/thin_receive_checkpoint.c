/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_receive_checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int receive_say_target(struct receiver *r, int e)
{
	tool_progress_end();
	tool_say(&thin_receive_tool, r->target.name, "%s", strerror(-e));
	return -EUCLEAN;
}

static int verify_piece(struct receiver *r, const struct receive_piece *p)
{
	uint64_t found = p->position + p->length;
	int e;

	if (!p->data) {
		/* Even where nobody expects anything else. */
		r->target.zero_from = r->target.size;
		e = receive_target_find_data(&r->target, p->position, p->position + p->length,
					     &found);
	} else {
		e = receive_target_read(&r->target, p->position, r->target.buffer, p->length);
		if (!e && wire_csum(r->target.buffer, p->length) != p->csum)
			found = p->position;
	}
	if (e)
		return receive_say_target(r, e);
	if (found == p->position + p->length)
		return 0;
	tool_progress_end();
	tool_say(&thin_receive_tool, r->target.name, "byte %" PRIu64 ": has not what was just "
		 "written there; the device may be failing", found);
	return -EUCLEAN;
}

static int verify(struct receiver *r)
{
	uint64_t zero_from = r->target.zero_from;
	int e = 0;

	for (size_t i = 0; !e && i < r->nr_pieces; i++)
		e = verify_piece(r, &r->pieces[i]);
	r->nr_pieces = 0;
	r->target.zero_from = zero_from;
	return e;
}

int receive_checkpoint_state(struct receiver *r)
{
	return r->request->state ? receive_state_store(r->request->state, &r->state) : 0;
}

int receive_checkpoint(struct receiver *r, uint64_t position, uint64_t end)
{
	uint64_t size = r->reader.header.device_size, window = r->request->window;
	int e = receive_target_sync(&r->target);

	if (e)
		return receive_say_target(r, e);
	e = r->pieces ? verify(r) : 0;
	if (e)
		return e;
	r->window_end = end > size - (window < size ? window : size) ? size : end + window;
	r->state.token.position = position;
	if (r->state.touched < r->window_end)
		r->state.touched = r->window_end;
	return receive_checkpoint_state(r);
}

int receive_checkpoint_if_due(struct receiver *r, const struct wire_record *rec)
{
	uint64_t end = rec->position + rec->length;
	bool full = r->pieces && r->nr_pieces == RECEIVE_PIECES;

	if (!r->request->state && !r->pieces)
		return 0;
	return end > r->window_end || full ? receive_checkpoint(r, rec->position, end) : 0;
}

void receive_remember(struct receiver *r, const struct wire_record *rec)
{
	struct receive_state *s = &r->state;
	uint64_t at = r->nr_data;

	if (r->pieces)
		r->pieces[r->nr_pieces++] = (struct receive_piece){
			.position = rec->position, .length = rec->length, .csum = rec->csum,
			.data = rec->type == THIN_STREAM_DATA,
		};
	if (rec->type != THIN_STREAM_DATA)
		return;
	r->nr_data++;
	if (s->nr_marks < RECEIVE_MARKS)
		at = s->nr_marks++;
	else
		at = (uint64_t)rand() % (at + 1);
	if (at < RECEIVE_MARKS)
		s->marks[at] = (struct receive_mark){
			.position = rec->position, .length = (uint32_t)rec->length,
			.csum = rec->csum,
		};
}
