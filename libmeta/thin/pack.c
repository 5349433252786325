/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Workers take a stretch of the device each, and what they make of it goes out
 * in the order of the device.
 */
#include "meta/thin_pack.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crc32c.h"
#include "base/fdio.h"
#include "base/workers.h"
#include "io/engine.h"
#include "io/zbuf.h"
#include "pdata/block.h"
#include "pdata/pack_format.h"
#include "pdata/recipe.h"

enum {
	READ_BLOCKS = 256,	/* read at once */
	LENGTH = 8,		/* what is before a chunk */
	NOTE = LENGTH + (int)sizeof(struct pack_note_disk),
};

struct packing {
	struct engine *engine;
	int fd;
	uint32_t crc;			/* of what has been written; whose turn it is, has it */
	uint64_t nr_blocks;
	uint64_t *progress;
	pthread_mutex_t lock;		/* for what follows */
	pthread_cond_t turned;
	uint64_t next;			/* block that is to be taken */
	uint64_t taken;			/* stretches */
	uint64_t turn;			/* the stretch that goes out now */
	int result;
	uint64_t digest;
	struct thin_pack_report rep;
};

/* A stretch, and what became of it. */
struct stretch {
	struct packing *packing;
	uint64_t turn;
	uint64_t begin;
	uint64_t end;
	char *blocks;
	struct zbuf known;
	struct zbuf unknown;
	__le64 unread[PACK_CHUNK_BLOCKS];
	uint64_t nr_known;
	uint64_t nr_unknown;
	uint64_t nr_unread;
	uint64_t digest;
};

/* In the order of the file, which is what the checksum follows. */
static int write_all(struct packing *p, const void *data, size_t len)
{
	p->crc = crc32c(p->crc, data, len);
	return fdio_write(p->fd, data, len);
}

/* What goes before a chunk of @len bytes at @chunk. */
static void put_length(uint8_t *chunk, size_t len)
{
	__le64 len_le = cpu_to_le64(len - LENGTH);

	memcpy(chunk, &len_le, sizeof(len_le));
}

static void put_note(uint8_t *chunk, enum pack_note_kind kind, size_t len)
{
	struct pack_note_disk note = {
		.magic = cpu_to_le64(PACK_NOTE_MAGIC), .kind = cpu_to_le64(kind),
	};

	memcpy(note.empty_stream, PACK_EMPTY_STREAM, PACK_EMPTY_STREAM_LEN);
	put_length(chunk, len);
	memcpy(chunk + LENGTH, &note, sizeof(note));
}

static int write_note(struct packing *p, enum pack_note_kind kind, const void *body, size_t len)
{
	uint8_t chunk[NOTE];
	int r;

	put_note(chunk, kind, NOTE + len);
	r = write_all(p, chunk, sizeof(chunk));
	return r ? r : write_all(p, body, len);
}

static int write_begin(struct packing *p)
{
	struct pack_header_disk header = {
		.magic = cpu_to_le64(PACK_MAGIC), .version = cpu_to_le64(PACK_VERSION),
		.block_size = cpu_to_le64(META_BLOCK_SIZE), .nr_blocks = cpu_to_le64(p->nr_blocks),
	};
	int r = write_all(p, &header, sizeof(header));

	return r ? r : write_note(p, PACK_NOTE_OPEN, "", 0);
}

static int write_end(struct packing *p)
{
	struct pack_close_disk end = {
		.nr_stored = cpu_to_le64(p->rep.nr_stored),
		.nr_unread = cpu_to_le64(p->rep.nr_unread), .digest = cpu_to_le64(p->digest),
	};
	uint8_t chunk[NOTE];
	int r;

	put_note(chunk, PACK_NOTE_CLOSE, NOTE + sizeof(end));
	r = write_all(p, chunk, sizeof(chunk));
	end.crc = cpu_to_le32(crc32c(p->crc, &end, PACK_CLOSE_CRC_AT));
	return r ? r : write_all(p, &end, sizeof(end));
}

/* The next stretch that is no hole; false when there is none. */
static bool take(struct packing *p, struct stretch *s)
{
	bool is_there;

	pthread_mutex_lock(&p->lock);
	p->next = p->result ? p->nr_blocks : engine_next_data(p->engine, p->next);
	is_there = p->next < p->nr_blocks;
	if (is_there) {
		s->begin = p->next / PACK_CHUNK_BLOCKS * PACK_CHUNK_BLOCKS;
		s->end = s->begin + PACK_CHUNK_BLOCKS;
		if (s->end > p->nr_blocks)
			s->end = p->nr_blocks;
		s->turn = p->taken++;
		p->next = s->end;
		__atomic_store_n(p->progress, s->begin, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&p->lock);
	return is_there;
}

static int add_known(struct stretch *s, uint64_t where, const void *block, enum block_kind kind)
{
	uint8_t record[PACK_RECORD_HEAD + RECIPE_MADE_MAX];
	__le64 where_le = cpu_to_le64(where);
	int r = 0;

	if (!s->nr_known++)
		r = zbuf_begin(&s->known, LENGTH);
	memcpy(record, &where_le, sizeof(where_le));
	return r ? r : zbuf_add(&s->known, record, PACK_RECORD_HEAD +
				recipe_make(block, kind, record + PACK_RECORD_HEAD));
}

static int add_unknown(struct stretch *s, uint64_t where, const void *block)
{
	__le64 where_le = cpu_to_le64(where);
	int r = 0;

	if (!s->nr_unknown++)
		r = zbuf_begin(&s->unknown, NOTE);
	if (!r)
		r = zbuf_add(&s->unknown, &where_le, sizeof(where_le));
	return r ? r : zbuf_add(&s->unknown, block, META_BLOCK_SIZE);
}

static int add(struct stretch *s, uint64_t where, const void *block)
{
	enum block_kind kind = block_kind_of(block);

	if (kind == KIND_ZERO)
		return 0;
	s->digest += pack_digest(where, crc32c(~0u, block, META_BLOCK_SIZE));
	return kind == KIND_FREE ? add_unknown(s, where, block) : add_known(s, where, block, kind);
}

/* What cannot be read in one go is read block by block. */
static int add_blocks(struct stretch *s, uint64_t where, size_t nr)
{
	struct engine *e = s->packing->engine;
	bool is_read = !engine_read(e, s->blocks, where, nr);
	int r = 0;

	for (size_t i = 0; i < nr && !r; i++) {
		char *block = s->blocks + i * META_BLOCK_SIZE;

		if (is_read || !engine_read(e, block, where + i, 1))
			r = add(s, where + i, block);
		else
			s->unread[s->nr_unread++] = cpu_to_le64(where + i);
	}
	return r;
}

static int fill(struct stretch *s)
{
	uint64_t nr;
	int r = 0;

	s->nr_known = s->nr_unknown = s->nr_unread = 0;
	s->digest = 0;
	for (uint64_t where = s->begin; where < s->end && !r; where += nr) {
		nr = s->end - where < READ_BLOCKS ? s->end - where : READ_BLOCKS;
		r = add_blocks(s, where, (size_t)nr);
	}
	if (!r && s->nr_known)
		r = zbuf_end(&s->known);
	if (!r && s->nr_unknown)
		r = zbuf_end(&s->unknown);
	return r;
}

static int write_stretch(struct stretch *s)
{
	struct packing *p = s->packing;
	int r = 0;

	if (s->nr_known) {
		put_length(s->known.data, s->known.len);
		r = write_all(p, s->known.data, s->known.len);
	}
	if (!r && s->nr_unknown) {
		put_note(s->unknown.data, PACK_NOTE_BLOCKS, s->unknown.len);
		r = write_all(p, s->unknown.data, s->unknown.len);
	}
	if (!r && s->nr_unread)
		r = write_note(p, PACK_NOTE_UNREAD, s->unread, s->nr_unread * sizeof(*s->unread));
	return r;
}

static void count(struct packing *p, const struct stretch *s)
{
	if (s->nr_unread && !p->rep.nr_unread)
		p->rep.first_unread = le64_to_cpu(s->unread[0]);
	p->rep.nr_stored += s->nr_known + s->nr_unknown;
	p->rep.nr_unknown += s->nr_unknown;
	p->rep.nr_unread += s->nr_unread;
	p->digest += s->digest;
}

/* Writes when all that is before has been written; @r is what filling gave. */
static void commit(struct packing *p, struct stretch *s, int r)
{
	pthread_mutex_lock(&p->lock);
	while (p->turn != s->turn)
		pthread_cond_wait(&p->turned, &p->lock);
	if (p->result)
		r = p->result;
	pthread_mutex_unlock(&p->lock);

	/* Nobody else's turn is it. */
	if (!r)
		r = write_stretch(s);

	pthread_mutex_lock(&p->lock);
	p->result = r;
	count(p, s);
	p->turn++;
	pthread_cond_broadcast(&p->turned);
	pthread_mutex_unlock(&p->lock);
}

static int work(void *arg, unsigned worker)
{
	struct packing *p = arg;
	struct stretch *s = calloc(1, sizeof(*s));
	int r = -ENOMEM;

	(void)worker;
	if (s) {
		s->packing = p;
		s->blocks = alloc_blocks(READ_BLOCKS);
	}
	if (s && s->blocks) {
		r = 0;
		while (take(p, s))
			commit(p, s, fill(s));
		zbuf_exit(&s->known);
		zbuf_exit(&s->unknown);
	}
	if (s)
		free(s->blocks);
	free(s);
	return r;
}

int thin_pack(struct engine *e, int fd, const struct thin_pack_opts *o,
	      struct thin_pack_report *rep)
{
	struct progress ignored;
	struct progress *progress = o->progress ? o->progress : &ignored;
	struct packing p = {
		.engine = e, .fd = fd, .crc = ~0u, .nr_blocks = engine_nr_blocks(e),
		.progress = &progress->done,
		.rep = { .nr_blocks = engine_nr_blocks(e), .has_checksum = true },
	};
	int r;

	if (p.nr_blocks > PACK_MAX_BLOCKS)
		return -EOVERFLOW;
	__atomic_store_n(&progress->total, p.nr_blocks, __ATOMIC_RELAXED);
	r = write_begin(&p);
	if (!r) {
		pthread_mutex_init(&p.lock, NULL);
		pthread_cond_init(&p.turned, NULL);
		r = workers_run(o->nr_threads ? o->nr_threads : workers_default(), work, &p);
		pthread_cond_destroy(&p.turned);
		pthread_mutex_destroy(&p.lock);
	}
	if (!r)
		r = p.result;
	if (!r)
		r = write_end(&p);
	*rep = p.rep;
	return r;
}
