/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_send_walk - goes through the mappings of a device, or through what differs from
 * its base, and has what they lead to read and written as records of a stream.
 */
#ifndef TOOLS_THIN_SEND_WALK_H
#define TOOLS_THIN_SEND_WALK_H

#include "thin_send_ring.h"
#include "thin_send_source.h"

/*
 * MEASURE	how much is there to be sent?
 * PROVE	what the base has, so that the receiver can compare
 * BODY		what the device has, or has differently
 */
enum send_phase { SEND_MEASURE, SEND_PROVE, SEND_BODY };

struct sender {
	struct send_source *source;
	const struct survey *survey;
	struct wire_writer writer;
	struct send_ring ring;
	enum send_phase phase;
	uint64_t block;			/* bytes */
	uint64_t begin, size;		/* of the device, what is to be sent */
	uint64_t position;		/* the body has come so far */
	uint64_t measured;		/* bytes of data */
	uint64_t same_seen, next_sample, step;	/* blocks that are the same */
	struct progress progress;
	bool write_failed;
	int error;
};

static inline bool send_is_incremental(const struct sender *s)
{
	return s->source->request->from != NULL;
}

/* Walks once.  0; -EUCLEAN after saying what is wrong; or what writing gave. */
int send_walk(struct sender *s, enum send_phase phase);

/* Writes what the ring hands out, in order; @arg is the sender. */
int send_walk_take(void *arg, const struct send_job *j);

#endif
