/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_receive_apply - puts a stream onto a target.
 *
 * Nothing is written before the header, the state, the target and all proofs
 * have been judged; and, if the stream can be read twice, all of the stream.
 */
#ifndef TOOLS_THIN_RECEIVE_APPLY_H
#define TOOLS_THIN_RECEIVE_APPLY_H

#include "input.h"
#include "thin_receive_state.h"
#include "thin_receive_target.h"
#include "thin/wire.h"
#include "thin_receive.h"

/* What was written since the last checkpoint, to be compared. */
struct receive_piece {
	uint64_t position, length;
	uint32_t csum;
	bool data;			/* else zeroes */
};

enum { RECEIVE_PIECES = 8192 };

struct receiver {
	const struct receive_request *request;
	struct input in;
	int64_t start;			/* of the stream there, if it can be read */
	bool twice;			/* again */
	struct wire_reader reader;
	struct receive_target target;
	struct receive_state state;
	bool has_state;			/* it was there before */
	bool resumes;
	uint64_t skip_begin, skip_end;	/* where the base may be gone already */
	uint64_t window_end;		/* the next checkpoint is due */
	uint64_t nr_data;		/* records of data */
	struct receive_piece *pieces;	/* NULL: not verified */
	size_t nr_pieces;
	struct progress progress;
	bool aborted;			/* by the sender */
};

/* Does it all.  0; -EUCLEAN after saying what is wrong; or -ENOMEM. */
int receive_apply(struct receiver *r);

#endif
