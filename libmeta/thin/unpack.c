/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/crc32c.h"
#include "base/fdio.h"
#include "base/workers.h"

enum { THREADS_MAX = 16 };	/* each may hold a chunk of PACK_CHUNK_MAX */

int unpack_note_issue(struct thin_unpacker *u, enum thin_pack_issue_code code, uint64_t number,
		      uint64_t found, uint64_t wanted)
{
	if (!u->partial && !u->result)
		u->result = -EUCLEAN;
	if (u->issue.code == THIN_PACK_NONE || number < u->issue.chunk)
		u->issue = (struct thin_pack_issue){ code, number, found, wanted };
	return -EUCLEAN;
}

int unpack_refuse(struct thin_unpacker *u, enum thin_pack_issue_code code, uint64_t number,
		  uint64_t found, uint64_t wanted)
{
	int r;

	pthread_mutex_lock(&u->lock);
	r = unpack_note_issue(u, code, number, found, wanted);
	pthread_mutex_unlock(&u->lock);
	return r;
}

static int judge_header(const struct pack_header_disk *h, size_t len, struct thin_pack_issue *i)
{
	const struct {
		enum thin_pack_issue_code code;
		uint64_t found;
		uint64_t wanted;
	} fields[] = {
		{ THIN_PACK_MAGIC, le64_to_cpu(h->magic), PACK_MAGIC },
		{ THIN_PACK_VERSION, le64_to_cpu(h->version), PACK_VERSION },
		{ THIN_PACK_BLOCK_SIZE, le64_to_cpu(h->block_size), META_BLOCK_SIZE },
	};
	uint64_t nr_blocks = le64_to_cpu(h->nr_blocks);

	*i = (struct thin_pack_issue){ .code = THIN_PACK_NONE };
	if (len < sizeof(*h))
		*i = (struct thin_pack_issue){ THIN_PACK_HEADER, 0, len, sizeof(*h) };
	for (size_t n = 0; n < sizeof(fields) / sizeof(*fields) && !i->code; n++)
		if (fields[n].found != fields[n].wanted)
			*i = (struct thin_pack_issue){ fields[n].code, 0, fields[n].found,
						       fields[n].wanted };
	if (!i->code && nr_blocks > PACK_MAX_BLOCKS)
		*i = (struct thin_pack_issue){ THIN_PACK_NR_BLOCKS, 0, nr_blocks,
					       PACK_MAX_BLOCKS };
	return i->code ? -EUCLEAN : 0;
}

int thin_unpack_new(struct thin_unpacker **to, int fd, struct thin_pack_issue *i)
{
	struct pack_header_disk header = { .magic = 0 };
	struct thin_unpacker *u;
	size_t got;
	int r = fdio_read(fd, &header, sizeof(header), &got);

	if (!r)
		r = judge_header(&header, got, i);
	if (r)
		return r;
	u = calloc(1, sizeof(*u));
	if (!u)
		return -ENOMEM;
	u->fd = fd;
	u->nr_blocks = le64_to_cpu(header.nr_blocks);
	u->crc = crc32c(~0u, &header, sizeof(header));
	u->seen = alloc_array(u->nr_blocks / 64 + 1, sizeof(*u->seen));
	u->superblock = alloc_blocks(1);
	if (!u->seen || !u->superblock) {
		thin_unpack_free(u);
		return -ENOMEM;
	}
	pthread_mutex_init(&u->lock, NULL);
	*to = u;
	return 0;
}

void thin_unpack_free(struct thin_unpacker *u)
{
	if (!u)
		return;
	free(u->seen);
	free(u->superblock);
	free(u);
}

uint64_t thin_unpack_nr_blocks(const struct thin_unpacker *u)
{
	return u->nr_blocks;
}

static int work_with(struct thin_unpacker *u, struct unpack_out *o)
{
	struct chunk c = { .data = NULL };
	int r = 0;

	while (unpack_take(u, &c)) {
		r = unpack_chunk(u, o, &c);
		if (r && r != -EUCLEAN)
			break;
		r = 0;
	}
	free(c.data);
	return r;
}

static int work(void *arg, unsigned worker)
{
	struct thin_unpacker *u = arg;
	struct unpack_out *o = unpack_out_new(u);
	int r = o ? work_with(u, o) : -ENOMEM;

	(void)worker;
	unpack_out_free(o);
	pthread_mutex_lock(&u->lock);
	if (r && (!u->result || u->result == -EUCLEAN))
		u->result = r;
	pthread_mutex_unlock(&u->lock);
	return 0;
}

/* Has all come that was packed? */
static void judge_whole(struct thin_unpacker *u)
{
	uint64_t stored = le64_to_cpu(u->close.nr_stored), digest = le64_to_cpu(u->close.digest);

	if (u->issue.code)
		return;
	if (u->is_closed && u->crc != le32_to_cpu(u->close.crc))
		unpack_note_issue(u, THIN_PACK_CRC, u->nr_chunks, le32_to_cpu(u->close.crc),
				  u->crc);
	else if (u->is_closed && u->nr_stored != stored)
		unpack_note_issue(u, THIN_PACK_NR_STORED, u->nr_chunks, u->nr_stored, stored);
	else if (u->is_closed && u->digest != digest)
		unpack_note_issue(u, THIN_PACK_DIGEST, u->nr_chunks, u->digest, digest);
	else if (u->is_opened && !u->is_closed)
		unpack_note_issue(u, THIN_PACK_NO_CLOSE, u->nr_chunks, 0, 0);
}

static bool is_seen(const struct thin_unpacker *u, uint64_t where)
{
	return u->seen[where / 64] >> where % 64 & 1;
}

/* What did not come is zeroes. */
static int zero_others(struct thin_unpacker *u)
{
	uint64_t begin, end;
	int r = 0;

	for (begin = 1; begin < u->nr_blocks && !r; begin = end) {
		for (end = begin + 1; end < u->nr_blocks; end++)
			if (is_seen(u, end) != is_seen(u, begin))
				break;
		if (!is_seen(u, begin))
			r = engine_zero(u->engine, begin, end - begin);
	}
	return r;
}

static int wipe_superblock(struct thin_unpacker *u)
{
	int r = engine_zero(u->engine, 0, 1);

	return r ? r : engine_flush(u->engine);
}

static int write_superblock(struct thin_unpacker *u)
{
	int r = engine_flush(u->engine);

	if (!r && is_seen(u, 0))
		r = engine_write(u->engine, u->superblock, 0, 1);
	return r ? r : engine_flush(u->engine);
}

static int run(struct thin_unpacker *u, unsigned nr_threads, bool is_blank)
{
	int r = 0;

	if (u->engine && !is_blank && u->nr_blocks)
		r = wipe_superblock(u);
	if (r)
		return r;
	workers_run(nr_threads < THREADS_MAX ? nr_threads : THREADS_MAX, work, u);
	judge_whole(u);
	r = u->result;
	if (!r && u->engine && !is_blank)
		r = zero_others(u);
	if (!r && u->engine && u->nr_blocks)
		r = write_superblock(u);
	return r;
}

int thin_unpack(struct thin_unpacker *u, struct engine *e, bool is_blank,
		const struct thin_pack_opts *o, struct thin_pack_report *rep,
		struct thin_pack_issue *i)
{
	struct progress ignored;
	struct progress *progress = o->progress ? o->progress : &ignored;
	struct stat st;
	int r;

	if (e && engine_nr_blocks(e) < u->nr_blocks)
		return -ENOSPC;
	if (!fstat(u->fd, &st) && S_ISREG(st.st_mode))
		__atomic_store_n(&progress->total, (uint64_t)st.st_size, __ATOMIC_RELAXED);
	u->engine = e;
	u->partial = o->partial;
	u->progress = &progress->done;
	r = run(u, o->nr_threads ? o->nr_threads : workers_default(), is_blank);

	*i = u->issue;
	*rep = u->rep;
	rep->nr_blocks = u->nr_blocks;
	rep->nr_stored = u->nr_stored;
	rep->has_checksum = u->is_closed;
	return r ? r : u->issue.code ? -EUCLEAN : 0;
}
