/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/copy.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/workers.h"

/* All that is counted here are metadata blocks, unless it says data blocks. */
enum {
	AT_ONCE = 1024,		/* one worker's turn */
	PIECES = 64,
	MOST_THREADS = 16,
};

struct piece {
	uint64_t from;
	uint64_t to;
	size_t nr;
};

enum way {
	WAY_COPY,
	WAY_RESUME,		/* what is there already is not written again */
	WAY_VERIFY,
};

struct copy {
	struct engine *data;
	const struct moves *moves;
	uint64_t block_size;
	enum way way;
	struct progress *progress;
	struct thin_shrink_copied *copied;
	bool no_engine_copy;		/* set once, from any thread */
	pthread_mutex_t lock;		/* for what follows */
	size_t next;			/* move */
	uint64_t done;			/* of it */
	int error;
};

/* A worker's buffers: for what is copied, and for what is there. */
struct worker {
	char *from;
	char *to;
};

/* The next pieces, at most AT_ONCE blocks; how many, 0 at the end or after an error. */
static size_t claim(struct copy *c, struct piece *pieces)
{
	size_t nr = 0, room = AT_ONCE;

	pthread_mutex_lock(&c->lock);
	while (!c->error && c->next < c->moves->nr && nr < PIECES && room) {
		const struct move *m = &c->moves->all[c->next];
		uint64_t rest = m->length * c->block_size - c->done;
		size_t here = rest < room ? (size_t)rest : room;

		pieces[nr++] = (struct piece){
			.from = m->from * c->block_size + c->done,
			.to = m->to * c->block_size + c->done, .nr = here,
		};
		room -= here;
		c->done += here;
		if (here == rest) {
			c->next++;
			c->done = 0;
		}
	}
	pthread_mutex_unlock(&c->lock);
	return nr;
}

/* The first error counts; it ends the work of all. */
static int fail(struct copy *c, enum thin_shrink_step step, uint64_t block, int error)
{
	pthread_mutex_lock(&c->lock);
	if (!c->error) {
		c->error = error;
		c->copied->failed = step;
		c->copied->failed_block = block / c->block_size;
	}
	pthread_mutex_unlock(&c->lock);
	return error;
}

/* A large request failed: which block is it? */
static int fail_reading(struct copy *c, enum thin_shrink_step step, uint64_t from, size_t nr,
			char *buffer, int error)
{
	for (size_t i = 0; i < nr; i++) {
		int r = engine_read(c->data, buffer, from + i, 1);

		if (r)
			return fail(c, step, from + i, r);
	}
	return fail(c, step, from, error);
}

static int read_blocks(struct copy *c, enum thin_shrink_step step, uint64_t from, size_t nr,
		       char *buffer)
{
	int r = engine_read(c->data, buffer, from, nr);

	return r ? fail_reading(c, step, from, nr, buffer, r) : 0;
}

/* Is what is at @p->to what is in @wanted?  The first block mostly tells. */
static bool is_there(struct copy *c, const struct piece *p, const char *wanted, char *buffer)
{
	if (engine_read(c->data, buffer, p->to, 1) || memcmp(buffer, wanted, META_BLOCK_SIZE))
		return false;
	if (engine_read(c->data, buffer, p->to, p->nr))
		return false;
	return !memcmp(buffer, wanted, p->nr * META_BLOCK_SIZE);
}

static int verify_piece(struct copy *c, const struct piece *p, const char *wanted, char *buffer)
{
	int r = read_blocks(c, THIN_SHRINK_VERIFY, p->to, p->nr, buffer);

	for (size_t i = 0; i < p->nr && !r; i++)
		if (memcmp(buffer + i * META_BLOCK_SIZE, wanted + i * META_BLOCK_SIZE,
			   META_BLOCK_SIZE))
			r = fail(c, THIN_SHRINK_VERIFY, p->to + i, -EILSEQ);
	return r;
}

static int write_piece(struct copy *c, const struct piece *p, const struct worker *w, size_t at)
{
	const char *data = w->from + at * META_BLOCK_SIZE;
	int r;

	if (c->way == WAY_VERIFY)
		return verify_piece(c, p, data, w->to);
	if (c->way == WAY_RESUME && is_there(c, p, data, w->to)) {
		__atomic_add_fetch(&c->copied->nr_there, p->nr, __ATOMIC_RELAXED);
		return 0;
	}
	r = engine_write(c->data, data, p->to, p->nr);
	return r ? fail(c, THIN_SHRINK_WRITE, p->to, r) : 0;
}

/* Pieces of which each begins where the one before ends are read together. */
static int copy_together(struct copy *c, const struct piece *pieces, size_t nr,
			 const struct worker *w)
{
	size_t at = 0, all = 0;
	int r;

	for (size_t i = 0; i < nr; i++)
		all += pieces[i].nr;
	r = read_blocks(c, THIN_SHRINK_READ, pieces[0].from, all, w->from);
	for (size_t i = 0; i < nr && !r; i++) {
		r = write_piece(c, &pieces[i], w, at);
		at += pieces[i].nr;
	}
	return r;
}

/* Where the engine can, it does all of it.  If not, whyever, it is done by hand. */
static bool engine_copies(struct copy *c, const struct piece *pieces, size_t nr)
{
	int r = 0;

	if (c->way != WAY_COPY || __atomic_load_n(&c->no_engine_copy, __ATOMIC_RELAXED))
		return false;
	for (size_t i = 0; i < nr && !r; i++)
		r = engine_copy(c->data, pieces[i].from, pieces[i].to, pieces[i].nr);
	if (r == -EOPNOTSUPP)
		__atomic_store_n(&c->no_engine_copy, true, __ATOMIC_RELAXED);
	return !r;
}

static int copy_pieces(struct copy *c, const struct piece *pieces, size_t nr,
		       const struct worker *w)
{
	size_t begin = 0, end, all = 0;
	int r = 0;

	if (!engine_copies(c, pieces, nr))
		for (; begin < nr && !r; begin = end) {
			for (end = begin + 1; end < nr; end++)
				if (pieces[end - 1].from + pieces[end - 1].nr != pieces[end].from)
					break;
			r = copy_together(c, pieces + begin, end - begin, w);
		}
	for (size_t i = 0; i < nr; i++)
		all += pieces[i].nr;
	if (c->progress)
		__atomic_add_fetch(&c->progress->done, all, __ATOMIC_RELAXED);
	return r;
}

static int work(void *arg, unsigned index)
{
	struct copy *c = arg;
	struct worker w = { alloc_blocks(AT_ONCE), alloc_blocks(AT_ONCE) };
	struct piece pieces[PIECES];
	int r = w.from && w.to ? 0 : -ENOMEM;
	size_t nr;

	(void)index;
	while (!r && (nr = claim(c, pieces)))
		r = copy_pieces(c, pieces, nr, &w);
	free(w.from);
	free(w.to);
	return r;
}

static int run(struct copy *c, enum way way, unsigned nr_threads)
{
	int r;

	c->way = way;
	c->next = 0;
	c->done = 0;
	r = workers_run(nr_threads, work, c);
	return c->error ? c->error : r;
}

int copy_run(struct engine *data, const struct moves *moves, uint64_t block_size,
	     const struct thin_shrink_copy_opts *o, struct thin_shrink_copied *copied)
{
	struct copy c = {
		.data = data, .moves = moves, .block_size = block_size, .copied = copied,
		.progress = o->progress,
	};
	unsigned nr_threads = o->nr_threads ? o->nr_threads : workers_default();
	int r;

	memset(copied, 0, sizeof(*copied));
	r = -pthread_mutex_init(&c.lock, NULL);
	if (r)
		return r;
	if (nr_threads > MOST_THREADS)
		nr_threads = MOST_THREADS;
	if (c.progress)
		__atomic_store_n(&c.progress->total,
				 moves->nr_blocks * block_size * (o->verify ? 2 : 1),
				 __ATOMIC_RELAXED);
	r = run(&c, o->resume ? WAY_RESUME : WAY_COPY, nr_threads);
	if (!r) {
		r = engine_flush(data);
		if (r)
			fail(&c, THIN_SHRINK_FLUSH, 0, r);
	}
	if (!r && o->verify)
		r = run(&c, WAY_VERIFY, nr_threads);
	pthread_mutex_destroy(&c.lock);
	return r;
}
