/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_send_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/le.h"

#define ALIGNMENT 4096u

static bool is_zero(const char *p, size_t len)
{
	static const char zeroes[64];

	if (len < sizeof(zeroes))
		return !memcmp(p, zeroes, len);
	return !memcmp(p, zeroes, sizeof(zeroes)) &&
		!memcmp(p, p + sizeof(zeroes), len - sizeof(zeroes));
}

/* Whole sectors of any size, for direct I/O; the rest is not looked at. */
static int read_source(const struct send_work *w, char *to)
{
	size_t want = (w->length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT, have = 0;

	while (have < w->length) {
		ssize_t n = pread(w->fd, to + have, want - have, (off_t)(w->offset + have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENODATA;
		have += (size_t)n;
	}
	return 0;
}

static void prove(struct send_job *j)
{
	uint64_t left = j->work.length;

	for (unsigned i = 0; left; i++) {
		size_t len = left < THIN_STREAM_GRAIN ? (size_t)left : THIN_STREAM_GRAIN;

		j->proofs[i] = cpu_to_le32(wire_csum(j->content + (size_t)i * THIN_STREAM_GRAIN,
						     len));
		left -= len;
	}
}

static void deflate_part(struct send_job *j, struct wire_data *d, z_stream *z)
{
	char *to = j->deflated + ((const char *)d->payload - j->content);

	deflateReset(z);
	z->next_in = (void *)(uintptr_t)d->payload;
	z->avail_in = (uInt)d->length;
	z->next_out = (void *)to;
	z->avail_out = (uInt)d->length - 1;
	if (deflate(z, Z_FINISH) != Z_STREAM_END)
		return;		/* no gain */
	d->payload = to;
	d->stored = (uint32_t)((char *)z->next_out - to);
	d->payload_csum = wire_csum(to, d->stored);
	d->deflated = true;
}

/* Cuts it where zeroes begin and end. */
static void cut(struct send_job *j, z_stream *z)
{
	struct wire_data *d = NULL;

	j->nr_parts = 0;
	for (uint64_t at = 0; at < j->work.length; at += THIN_STREAM_GRAIN) {
		uint64_t left = j->work.length - at;
		size_t len = left < THIN_STREAM_GRAIN ? (size_t)left : THIN_STREAM_GRAIN;
		const char *p = j->content + at;
		bool zero = is_zero(p, len);

		if (d && zero == !d->payload) {
			d->length += len;
			continue;
		}
		d = &j->parts[j->nr_parts++];
		*d = (struct wire_data){
			.position = j->work.position + at, .length = len,
			.payload = zero ? NULL : p,
		};
	}
	for (unsigned i = 0; i < j->nr_parts; i++) {
		d = &j->parts[i];
		if (!d->payload)
			continue;
		d->stored = (uint32_t)d->length;
		d->csum = d->payload_csum = wire_csum(d->payload, d->length);
		if (z)
			deflate_part(j, d, z);
	}
}

static void run_job(struct send_job *j, z_stream *z)
{
	j->result = j->work.fd < 0 ? 0 : read_source(&j->work, j->content);
	if (j->result || j->work.fd < 0)
		return;
	if (j->work.type == THIN_STREAM_PROOFS)
		prove(j);
	else
		cut(j, z);
}

static void *work(void *arg)
{
	struct send_ring *r = arg;
	z_stream z = { .next_in = NULL };
	bool has_z = r->level && deflateInit(&z, r->level) == Z_OK;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		struct send_job *j;

		while (r->started == r->added && !r->end)
			pthread_cond_wait(&r->work_there, &r->lock);
		if (r->started == r->added)
			break;
		j = &r->jobs[r->started++ % SEND_SLOTS];
		pthread_mutex_unlock(&r->lock);
		run_job(j, has_z ? &z : NULL);
		pthread_mutex_lock(&r->lock);
		j->done = true;
		pthread_cond_signal(&r->work_done);
	}
	pthread_mutex_unlock(&r->lock);
	if (has_z)
		deflateEnd(&z);
	return NULL;
}

int send_ring_init(struct send_ring *r, unsigned nr_threads, int level, send_ring_fn fn,
		   void *arg)
{
	*r = (struct send_ring){ .fn = fn, .arg = arg, .level = level };
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->work_there, NULL);
	pthread_cond_init(&r->work_done, NULL);
	for (unsigned i = 0; i < SEND_SLOTS; i++) {
		r->jobs[i].content = alloc_blocks(SEND_PIECE / META_BLOCK_SIZE);
		r->jobs[i].deflated = level ? malloc(SEND_PIECE) : NULL;
		if (!r->jobs[i].content || (level && !r->jobs[i].deflated))
			return -ENOMEM;
	}
	nr_threads = nr_threads < SEND_THREADS_MAX ? nr_threads : SEND_THREADS_MAX;
	while (r->nr_threads < nr_threads &&
	       !pthread_create(&r->threads[r->nr_threads], NULL, work, r))
		r->nr_threads++;
	return r->nr_threads ? 0 : -ENOMEM;
}

void send_ring_exit(struct send_ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->end = true;
	r->added = r->started;
	pthread_cond_broadcast(&r->work_there);
	pthread_mutex_unlock(&r->lock);
	for (unsigned i = 0; i < r->nr_threads; i++)
		pthread_join(r->threads[i], NULL);
	for (unsigned i = 0; i < SEND_SLOTS; i++) {
		free(r->jobs[i].content);
		free(r->jobs[i].deflated);
	}
	pthread_cond_destroy(&r->work_done);
	pthread_cond_destroy(&r->work_there);
	pthread_mutex_destroy(&r->lock);
}

static int hand_out_oldest(struct send_ring *r)
{
	struct send_job *j = &r->jobs[r->taken % SEND_SLOTS];

	pthread_mutex_lock(&r->lock);
	while (!j->done)
		pthread_cond_wait(&r->work_done, &r->lock);
	pthread_mutex_unlock(&r->lock);
	r->taken++;
	if (j->result)
		r->failed = j->work;
	return j->result ? j->result : r->fn(r->arg, j);
}

int send_ring_add(struct send_ring *r, const struct send_work *w)
{
	struct send_job *j = &r->jobs[r->added % SEND_SLOTS];
	int e = r->added - r->taken == SEND_SLOTS ? hand_out_oldest(r) : 0;

	if (e)
		return e;
	j->work = *w;
	j->done = false;
	j->nr_parts = 0;
	pthread_mutex_lock(&r->lock);
	r->added++;
	pthread_cond_signal(&r->work_there);
	pthread_mutex_unlock(&r->lock);
	return 0;
}

int send_ring_drain(struct send_ring *r)
{
	int e = 0;

	while (!e && r->taken < r->added)
		e = hand_out_oldest(r);
	return e;
}
