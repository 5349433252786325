/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/stream.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/workers.h"

enum {
	BATCH = 256,		/* blocks that a worker takes at once: 1 MiB */
	SMALL = 64,		/* so few are not worth a thread */
	GAP_CACHED = 2,		/* unwanted blocks that are read along rather */
	GAP_DISK = 32,		/* than beginning another request */
	AHEAD = 4,		/* batches that are announced before they are read */
};

struct visit {
	struct stream *stream;
	const struct bits *set;
	stream_fn fn;
	void *arg;
	unsigned gap;
	unsigned most;		/* blocks in one request */
	pthread_mutex_t lock;	/* for what follows */
	uint64_t next;
	uint64_t next_ahead;	/* to be announced */
	int result;
};

/* What one worker has to read, all of it within BATCH blocks. */
struct batch {
	uint64_t where[BATCH];
	unsigned nr;
	char *data;		/* most_at_once() blocks, for a request */
};

/* The members of @set from *@next on that are one batch. */
static void gather(const struct bits *set, uint64_t *next, struct batch *b)
{
	uint64_t n = bits_next(set, *next);

	b->nr = 0;
	while (n < set->nr && b->nr < BATCH && (!b->nr || n - b->where[0] < BATCH)) {
		b->where[b->nr++] = n;
		n = bits_next(set, n + 1);
	}
	*next = n;
}

/* Where the stretch that begins with @first ends, at most @most blocks. */
static unsigned stretch_end(const struct visit *v, const struct batch *b, unsigned first,
			    unsigned most)
{
	unsigned end;

	for (end = first + 1; end < b->nr; end++)
		if (b->where[end] - b->where[end - 1] > 1 + v->gap ||
		    b->where[end] - b->where[first] >= most)
			break;
	return end;
}

static void announce(const struct visit *v, const struct batch *b)
{
	struct engine *e = v->stream->engine;
	unsigned end;

	if (!b->nr || !engine_is_far(e, b->where[0]))
		return;
	for (unsigned first = 0; first < b->nr; first = end) {
		end = stretch_end(v, b, first, BATCH);
		engine_announce(e, b->where[first], b->where[end - 1] - b->where[first] + 1);
	}
}

/* Takes the next batch; false when nothing is left. */
static bool take(struct visit *v, struct batch *b)
{
	struct batch ahead = { .nr = 0 };

	b->nr = 0;
	pthread_mutex_lock(&v->lock);
	if (!v->result) {
		gather(v->set, &v->next, b);
		gather(v->set, &v->next_ahead, &ahead);
	}
	pthread_mutex_unlock(&v->lock);
	announce(v, &ahead);
	return b->nr;
}

static void stop(struct visit *v, int r)
{
	pthread_mutex_lock(&v->lock);
	if (!v->result)
		v->result = r;
	pthread_mutex_unlock(&v->lock);
}

static int hand_out(struct visit *v, unsigned worker, const struct batch *b, unsigned first,
		    unsigned end)
{
	int r = 0;

	for (unsigned i = first; i < end && !r; i++)
		r = v->fn(v->arg, worker, b->where[i],
			  b->data + (b->where[i] - b->where[first]) * META_BLOCK_SIZE, 0);
	return r;
}

/* After a failed request: each block on its own. */
static int hand_out_singly(struct visit *v, unsigned worker, const struct batch *b,
			   unsigned first, unsigned end)
{
	int r = 0, error;

	for (unsigned i = first; i < end && !r; i++) {
		error = engine_read(v->stream->engine, b->data, b->where[i], 1);
		r = v->fn(v->arg, worker, b->where[i], error ? NULL : b->data, error);
	}
	return r;
}

static int do_batch(struct visit *v, unsigned worker, const struct batch *b)
{
	unsigned first, end;
	int r = 0;

	for (first = 0; first < b->nr && !r; first = end) {
		end = stretch_end(v, b, first, v->most);
		r = engine_read(v->stream->engine, b->data, b->where[first],
				(size_t)(b->where[end - 1] - b->where[first] + 1));
		r = r ? hand_out_singly(v, worker, b, first, end) :
			hand_out(v, worker, b, first, end);
	}
	if (v->stream->progress)
		__atomic_fetch_add(v->stream->progress, b->nr, __ATOMIC_RELAXED);
	return r;
}

/* The largest request: small visits are many, and need little. */
static size_t most_at_once(const struct visit *v)
{
	size_t all = v->set->count < BATCH ? v->set->count * (1 + v->gap) : BATCH;

	return all < v->most ? all : v->most;
}

static int work(void *arg, unsigned worker)
{
	struct visit *v = arg;
	struct batch b;
	int r = 0;

	b.data = alloc_blocks(most_at_once(v));
	if (!b.data) {
		stop(v, -ENOMEM);
		return 0;
	}
	while (!r && take(v, &b))
		r = do_batch(v, worker, &b);
	if (r)
		stop(v, r);
	free(b.data);
	return 0;
}

int stream_visit(struct stream *s, const struct bits *set, stream_fn fn, void *arg)
{
	struct visit v = {
		.stream = s, .set = set, .fn = fn, .arg = arg,
		.gap = s->engine->direct ? GAP_DISK : GAP_CACHED,
		.most = s->most && !s->engine->direct ? s->most : BATCH,
	};
	struct batch ahead;

	if (!set->count)
		return 0;
	for (unsigned i = 0; i < AHEAD; i++) {
		gather(set, &v.next_ahead, &ahead);
		announce(&v, &ahead);
	}
	pthread_mutex_init(&v.lock, NULL);
	workers_run(set->count < SMALL ? 1 : s->nr_threads, work, &v);
	pthread_mutex_destroy(&v.lock);
	return v.result;
}
