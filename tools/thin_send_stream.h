/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_send_stream - makes a stream of a source. */
#ifndef TOOLS_THIN_SEND_STREAM_H
#define TOOLS_THIN_SEND_STREAM_H

#include "thin_receive_state.h"
#include "thin_send_source.h"
#include "thin/wire.h"

struct send_result {
	struct survey survey;
	struct wire_header header;
	uint64_t nr_changed_bytes;	/* to be read */
	uint64_t written;		/* bytes of stream */
	struct wire_totals totals;
};

/*
 * Writes the stream of @s to @fd, or only finds out how much it would be if
 * @fd is -1; goes on where @token says unless that is NULL.  0; -EUCLEAN after
 * saying what is wrong; -EPIPE; or what tool_status() can say.
 */
int send_stream(struct send_source *s, int fd, const struct receive_token *token,
		struct send_result *result);

#endif
