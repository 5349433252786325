/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crc32c.h"
#include "pdata/block.h"
#include "thin/unpack.h"

enum { ROOM = 256 };	/* blocks that are written at once */

struct unpack_out {
	struct thin_unpacker *unpack;
	uint8_t *blocks;	/* @nr that follow each other, and those to come */
	uint64_t begin;
	size_t nr;
};

struct unpack_out *unpack_out_new(struct thin_unpacker *u)
{
	struct unpack_out *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->unpack = u;
	o->blocks = alloc_blocks(ROOM);
	if (o->blocks)
		return o;
	free(o);
	return NULL;
}

void unpack_out_free(struct unpack_out *o)
{
	if (o)
		free(o->blocks);
	free(o);
}

int unpack_out_flush(struct unpack_out *o)
{
	struct engine *e = o->unpack->engine;
	size_t nr = o->nr;

	o->nr = 0;
	return e && nr ? engine_write(e, o->blocks, o->begin, nr) : 0;
}

void *unpack_out_room(struct unpack_out *o, int *r)
{
	*r = o->nr == ROOM ? unpack_out_flush(o) : 0;
	return *r ? NULL : o->blocks + o->nr * META_BLOCK_SIZE;
}

/* Says whether it is the first. */
static bool see(struct thin_unpacker *u, uint64_t where)
{
	uint64_t bit = 1ull << where % 64;

	return !(__atomic_fetch_or(&u->seen[where / 64], bit, __ATOMIC_RELAXED) & bit);
}

/* Puts the block behind the others, or all alone. */
static int keep(struct unpack_out *o, uint64_t where, uint8_t *block)
{
	struct thin_unpacker *u = o->unpack;
	int r = 0;

	if (!where) {
		memcpy(u->superblock, block, META_BLOCK_SIZE);
		return 0;
	}
	if (o->nr && where != o->begin + o->nr) {
		r = unpack_out_flush(o);
		memcpy(o->blocks, block, META_BLOCK_SIZE);
	}
	if (!o->nr)
		o->begin = where;
	o->nr++;
	return r;
}

int unpack_out_put(struct unpack_out *o, uint64_t number, uint64_t where, bool is_known)
{
	struct thin_unpacker *u = o->unpack;
	uint8_t *block = o->blocks + o->nr * META_BLOCK_SIZE;

	if (where >= u->nr_blocks)
		return unpack_refuse(u, THIN_PACK_BLOCK_RANGE, number, where, u->nr_blocks);
	if (is_known && block_kind_of(block) == KIND_FREE)
		return unpack_refuse(u, THIN_PACK_BLOCK_KIND, number, where, 0);
	if (!see(u, where))
		return unpack_refuse(u, THIN_PACK_BLOCK_TWICE, number, where, 0);
	__atomic_fetch_add(&u->nr_stored, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&u->digest, pack_digest(where, crc32c(~0u, block, META_BLOCK_SIZE)),
			   __ATOMIC_RELAXED);
	return keep(o, where, block);
}
