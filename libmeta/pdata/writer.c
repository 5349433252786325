/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdata/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pdata/block.h"

enum {
	BATCH = 256,		/* blocks in one request: 1 MiB */
	NR_BATCHES = 4,
};

struct batch {
	uint64_t first;		/* where; the others follow */
	size_t nr;
	uint32_t salts[BATCH];
	char *blocks;
};

/*
 * Batches go round: one is being filled by the caller, those behind it are for
 * the thread, which writes them in order.
 */
struct writer_queue {
	struct engine *engine;
	struct batch batches[NR_BATCHES];
	char *blocks;
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock;		/* for what follows */
	pthread_cond_t changed;
	unsigned filled;
	unsigned written;
	bool is_over;
	int error;			/* the first one */
};

static char *block_of(const struct batch *b, size_t i)
{
	return b->blocks + i * META_BLOCK_SIZE;
}

static struct batch *current(const struct writer *w)
{
	return &w->queue->batches[w->queue->filled % NR_BATCHES];
}

static int write_batch(struct engine *e, struct batch *b)
{
	size_t nr = b->nr;

	b->nr = 0;
	for (size_t i = 0; i < nr; i++)
		block_seal(block_of(b, i), b->first + i, b->salts[i]);
	return nr ? engine_write(e, b->blocks, b->first, nr) : 0;
}

/* With the lock held, which it gives away while it writes. */
static void write_next(struct writer_queue *q)
{
	struct batch *b = &q->batches[q->written % NR_BATCHES];
	int r;

	pthread_mutex_unlock(&q->lock);
	r = write_batch(q->engine, b);
	pthread_mutex_lock(&q->lock);
	if (!q->error)
		q->error = r;
	q->written++;
	pthread_cond_broadcast(&q->changed);
}

static void *work(void *arg)
{
	struct writer_queue *q = arg;

	pthread_mutex_lock(&q->lock);
	for (;;) {
		if (q->written != q->filled)
			write_next(q);
		else if (q->is_over)
			break;
		else
			pthread_cond_wait(&q->changed, &q->lock);
	}
	pthread_mutex_unlock(&q->lock);
	return NULL;
}

/* Gives the current batch to the thread and waits for a free one. */
static int hand_over(struct writer *w)
{
	struct writer_queue *q = w->queue;
	int r;

	if (w->dry || !current(w)->nr) {
		current(w)->nr = 0;
		return 0;
	}
	if (!q->has_thread)
		return write_batch(q->engine, current(w));
	pthread_mutex_lock(&q->lock);
	q->filled++;
	pthread_cond_broadcast(&q->changed);
	while (q->filled - q->written == NR_BATCHES)
		pthread_cond_wait(&q->changed, &q->lock);
	r = q->error;
	pthread_mutex_unlock(&q->lock);
	return r;
}

int writer_finish(struct writer *w)
{
	struct writer_queue *q = w->queue;
	int r = hand_over(w);

	pthread_mutex_lock(&q->lock);
	while (q->written != q->filled)
		pthread_cond_wait(&q->changed, &q->lock);
	if (!r)
		r = q->error;
	pthread_mutex_unlock(&q->lock);
	return r;
}

static uint64_t device_end(const struct engine *e)
{
	uint64_t nr = engine_nr_blocks(e);

	return nr < META_MAX_BLOCKS ? nr : META_MAX_BLOCKS;
}

static struct writer_queue *queue_new(struct engine *e, bool dry)
{
	struct writer_queue *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->engine = e;
	q->blocks = alloc_blocks((size_t)NR_BATCHES * BATCH);
	if (!q->blocks) {
		free(q);
		return NULL;
	}
	for (unsigned i = 0; i < NR_BATCHES; i++)
		q->batches[i].blocks = q->blocks + (size_t)i * BATCH * META_BLOCK_SIZE;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->changed, NULL);
	/* Without one the caller writes. */
	q->has_thread = !dry && !pthread_create(&q->thread, NULL, work, q);
	return q;
}

int writer_init(struct writer *w, struct engine *e, struct refs *refs, uint64_t begin, bool dry)
{
	*w = (struct writer){
		.engine = e, .refs = refs, .next = begin, .dry = dry,
		.end = dry ? UINT64_MAX : device_end(e), .queue = queue_new(e, dry),
	};
	return w->queue ? 0 : -ENOMEM;
}

void writer_exit(struct writer *w)
{
	struct writer_queue *q = w->queue;

	if (!q)
		return;
	if (q->has_thread) {
		pthread_mutex_lock(&q->lock);
		q->is_over = true;
		pthread_cond_broadcast(&q->changed);
		pthread_mutex_unlock(&q->lock);
		pthread_join(q->thread, NULL);
	}
	pthread_cond_destroy(&q->changed);
	pthread_mutex_destroy(&q->lock);
	free(q->blocks);
	free(q);
	w->queue = NULL;
}

static void skip_busy(struct writer *w)
{
	while (w->busy && bits_has(w->busy, w->next))
		w->next++;
}

int writer_get(struct writer *w, uint32_t salt, void **block, uint64_t *where)
{
	struct batch *b = current(w);
	int r;

	skip_busy(w);
	if (w->next >= w->end)
		return -ENOSPC;
	if (b->nr == BATCH || (b->nr && w->next != b->first + b->nr)) {
		r = hand_over(w);
		if (r)
			return r;
		b = current(w);
	}
	if (!b->nr)
		b->first = w->next;
	b->salts[b->nr] = salt;
	*block = block_of(b, b->nr++);
	*where = w->next++;
	w->nr_given++;
	return 0;
}

void writer_ref(struct writer *w, uint64_t where)
{
	if (where < w->refs->nr)
		refs_add(w->refs, where, 1);
}

int writer_read(struct writer *w, uint64_t where, void *block)
{
	const struct batch *b = current(w);
	int r;

	if (where - b->first < b->nr) {
		memcpy(block, block_of(b, (size_t)(where - b->first)), META_BLOCK_SIZE);
		return 0;
	}
	r = writer_finish(w);
	return r ? r : engine_read(w->engine, block, where, 1);
}
