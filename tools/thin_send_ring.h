/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_send_ring - reads, checks and deflates pieces of data on several threads, and
 * hands them out in the order in which they were asked for.
 */
#ifndef TOOLS_THIN_SEND_RING_H
#define TOOLS_THIN_SEND_RING_H

#include <pthread.h>

#include "thin/wire.h"

/* Bytes of a piece: few enough that all of them stay in the cache. */
#define SEND_PIECE 262144u
#define SEND_PARTS (SEND_PIECE / THIN_STREAM_GRAIN)

/* What is to be done; without a @fd there is nothing to read. */
struct send_work {
	enum thin_stream_type type;	/* data, proofs, or a run without payload */
	uint64_t position, length;	/* of the device; at most a piece, if it is read */
	int fd;
	uint64_t offset;		/* there */
};

struct send_job {
	struct send_work work;
	int result;
	bool done;
	char *content, *deflated;
	/* Of data: what is zeroes, and what is not. */
	unsigned nr_parts;
	struct wire_data parts[SEND_PARTS];	/* no payload: zeroes */
	__le32 proofs[SEND_PARTS];
};

/* Takes a job that is done, one at a time.  0, or what ends it all. */
typedef int (*send_ring_fn)(void *arg, const struct send_job *job);

enum { SEND_SLOTS = 16, SEND_THREADS_MAX = 16 };

struct send_ring {
	send_ring_fn fn;
	void *arg;
	int level;			/* of zlib; 0: as it is */
	struct send_job jobs[SEND_SLOTS];
	pthread_mutex_t lock;
	pthread_cond_t work_there, work_done;
	uint64_t added, started, taken;	/* jobs */
	struct send_work failed;	/* what could not be read */
	bool end;
	unsigned nr_threads;
	pthread_t threads[SEND_THREADS_MAX];
};

/* 0 or -ENOMEM; send_ring_exit() is due in any case. */
int send_ring_init(struct send_ring *r, unsigned nr_threads, int level, send_ring_fn fn,
		   void *arg);
void send_ring_exit(struct send_ring *r);

/*
 * Adds work; may hand out what was added before.  send_ring_drain() hands out
 * all that is left.  0, what reading gave (-ENODATA: the source ends before the
 * data), or what the function returned.
 */
int send_ring_add(struct send_ring *r, const struct send_work *work);
int send_ring_drain(struct send_ring *r);

#endif
