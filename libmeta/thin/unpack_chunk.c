/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One chunk: records that are inflated piece by piece, or a note. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "pdata/recipe.h"
#include "thin/unpack.h"

enum {
	WINDOW = 65536,		/* holds a record and more */
	RAW_RECORD = PACK_RECORD_HEAD + META_BLOCK_SIZE,
};

/* A zlib stream of records. */
struct records {
	z_stream z;
	uint8_t *window;
	size_t begin;		/* what is inflated and not yet taken */
	size_t end;
	bool is_at_end;
	bool is_bad;		/* the stream goes no further */
};

static uint64_t load(const uint8_t *p)
{
	__le64 v_le;

	memcpy(&v_le, p, sizeof(v_le));
	return le64_to_cpu(v_le);
}

static int records_init(struct records *s, const uint8_t *data, size_t len)
{
	*s = (struct records){ .window = malloc(WINDOW) };
	if (!s->window || inflateInit(&s->z) != Z_OK) {
		free(s->window);
		return -ENOMEM;
	}
	s->z.next_in = (Bytef *)(uintptr_t)data;
	s->z.avail_in = (unsigned)len;
	return 0;
}

static void records_exit(struct records *s)
{
	inflateEnd(&s->z);
	free(s->window);
}

/* Makes at least @wanted bytes be there, or all. */
static void records_fill(struct records *s, size_t wanted)
{
	int r;

	if (s->end - s->begin >= wanted)
		return;
	memmove(s->window, s->window + s->begin, s->end - s->begin);
	s->end -= s->begin;
	s->begin = 0;
	while (s->end < WINDOW && !s->is_at_end && !s->is_bad) {
		s->z.next_out = s->window + s->end;
		s->z.avail_out = (unsigned)(WINDOW - s->end);
		r = inflate(&s->z, Z_NO_FLUSH);
		s->end = WINDOW - s->z.avail_out;
		s->is_at_end = r == Z_STREAM_END;
		s->is_bad = r != Z_OK && r != Z_STREAM_END;
	}
}

/* A block by its recipe, or as it is. */
static bool make(struct records *s, bool is_recipe, void *block)
{
	const uint8_t *in = s->window + s->begin + PACK_RECORD_HEAD;
	size_t used = META_BLOCK_SIZE;

	if (!is_recipe)
		memcpy(block, in, META_BLOCK_SIZE);
	else if (recipe_follow(in, s->end - s->begin - PACK_RECORD_HEAD, block, &used))
		return false;
	s->begin += PACK_RECORD_HEAD + used;
	return true;
}

/* What is short because of the stream is not the record's fault. */
static int refuse_short(struct thin_unpacker *u, uint64_t number, const struct records *s,
			size_t found, size_t wanted)
{
	return unpack_refuse(u, s->is_bad ? THIN_PACK_STREAM : THIN_PACK_RECORD, number, found,
			     wanted);
}

/* One record.  0, 1 at the end, -EUCLEAN if nothing can follow, or an error. */
static int do_record(struct thin_unpacker *u, struct unpack_out *o, uint64_t number,
		     struct records *s, bool is_recipe)
{
	size_t least = is_recipe ? PACK_RECORD_HEAD + 1 : RAW_RECORD, nr;
	uint64_t where;
	void *block;
	int r;

	records_fill(s, PACK_RECORD_HEAD + RECIPE_READ_MAX);
	nr = s->end - s->begin;
	if (!nr && !s->is_bad)
		return s->z.avail_in ? unpack_refuse(u, THIN_PACK_TAIL, number, s->z.avail_in, 0) :
				       1;
	if (nr < least)
		return refuse_short(u, number, s, nr, least);
	where = load(s->window + s->begin);
	block = unpack_out_room(o, &r);
	if (r)
		return r;
	if (!make(s, is_recipe, block))
		return s->is_bad ? refuse_short(u, number, s, nr, 0) :
				   unpack_refuse(u, THIN_PACK_RECIPE, number, where, 0);
	r = unpack_out_put(o, number, where, is_recipe);
	if (!r && !is_recipe)
		__atomic_fetch_add(&u->rep.nr_unknown, 1, __ATOMIC_RELAXED);
	return r == -EUCLEAN && u->partial ? 0 : r;
}

static int do_records(struct thin_unpacker *u, struct unpack_out *o, uint64_t number,
		      const uint8_t *data, size_t len, bool is_recipe)
{
	struct records s;
	int r = records_init(&s, data, len);

	if (r)
		return r;
	do {
		r = do_record(u, o, number, &s, is_recipe);
	} while (!r);
	records_exit(&s);
	return r < 0 ? r : 0;
}

static int do_unread(struct thin_unpacker *u, uint64_t number, const uint8_t *body, size_t len)
{
	uint64_t nr = len / sizeof(__le64), lowest = UINT64_MAX;

	if (!nr || len % sizeof(__le64))
		return unpack_refuse(u, THIN_PACK_NOTE_LENGTH, number, len, sizeof(__le64));
	for (size_t i = 0; i < nr; i++) {
		uint64_t where = load(body + i * sizeof(__le64));

		if (where >= u->nr_blocks)
			return unpack_refuse(u, THIN_PACK_BLOCK_RANGE, number, where,
					     u->nr_blocks);
		if (where < lowest)
			lowest = where;
	}
	pthread_mutex_lock(&u->lock);
	if (!u->rep.nr_unread || lowest < u->rep.first_unread)
		u->rep.first_unread = lowest;
	u->rep.nr_unread += nr;
	pthread_mutex_unlock(&u->lock);
	return 0;
}

/* What they say was followed when the chunk was taken. */
static int do_mark(struct thin_unpacker *u, uint64_t number, uint64_t kind, size_t len)
{
	size_t wanted = kind == PACK_NOTE_OPEN ? 0 : sizeof(u->close);

	return len == wanted ? 0 : unpack_refuse(u, THIN_PACK_NOTE_LENGTH, number, len, wanted);
}

static int do_note(struct thin_unpacker *u, struct unpack_out *o, const struct chunk *c,
		   uint64_t kind)
{
	const uint8_t *body = c->data + sizeof(struct pack_note_disk);
	size_t len = c->len - sizeof(struct pack_note_disk);

	switch (kind) {
	case PACK_NOTE_OPEN:
	case PACK_NOTE_CLOSE:
		return do_mark(u, c->number, kind, len);
	case PACK_NOTE_BLOCKS:
		return do_records(u, o, c->number, body, len, false);
	case PACK_NOTE_UNREAD:
		return do_unread(u, c->number, body, len);
	}
	return unpack_refuse(u, THIN_PACK_NOTE_KIND, c->number, kind, 0);
}

int unpack_chunk(struct thin_unpacker *u, struct unpack_out *o, const struct chunk *c)
{
	uint64_t kind = unpack_note_kind(c);
	int r = kind ? do_note(u, o, c, kind) :
		       do_records(u, o, c->number, c->data, c->len, true);
	int flushed = unpack_out_flush(o);

	return r ? r : flushed;
}
