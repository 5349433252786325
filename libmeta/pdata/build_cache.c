/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdata/build_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crc32c.h"

#define BODY 16u	/* behind checksum and place */

struct slot {
	uint64_t hash;
	uint64_t where;		/* 0: empty, as block 0 is never a node */
};

struct build_cache {
	struct slot *slots;
	size_t room;		/* a power of two, more than twice nr */
	size_t nr;
	void *block;
};

struct build_cache *build_cache_new(void)
{
	struct build_cache *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->room = 256;
	c->slots = alloc_array(c->room, sizeof(*c->slots));
	c->block = alloc_blocks(1);
	if (c->slots && c->block)
		return c;
	build_cache_free(c);
	return NULL;
}

void build_cache_free(struct build_cache *c)
{
	if (!c)
		return;
	free(c->slots);
	free(c->block);
	free(c);
}

/* Keys and values fill one half of the block each. */
static uint64_t hash_of(const void *node)
{
	const char *p = node;
	uint32_t low = crc32c(0, p + BODY, META_BLOCK_SIZE / 2 - BODY);
	uint32_t high = crc32c(low, p + META_BLOCK_SIZE / 2, META_BLOCK_SIZE / 2);

	return (uint64_t)high << 32 | low;
}

static size_t place_of(const struct build_cache *c, uint64_t hash)
{
	return (size_t)(hash ^ hash >> 32) & (c->room - 1);
}

static int is_same(struct build_cache *c, struct writer *w, const void *node, uint64_t where)
{
	int r;

	if (w->dry)
		return 1;
	r = writer_read(w, where, c->block);
	return r ? r : !memcmp((char *)c->block + BODY, (const char *)node + BODY,
			       META_BLOCK_SIZE - BODY);
}

int build_cache_find(struct build_cache *c, struct writer *w, const void *node,
		     uint64_t *where)
{
	uint64_t hash = hash_of(node);
	int r;

	for (size_t i = place_of(c, hash); c->slots[i].where; i = (i + 1) & (c->room - 1)) {
		if (c->slots[i].hash != hash)
			continue;
		r = is_same(c, w, node, c->slots[i].where);
		if (r < 0)
			return r;
		if (r) {
			*where = c->slots[i].where;
			return 0;
		}
	}
	return -ENODATA;
}

static void put(struct build_cache *c, struct slot slot)
{
	size_t i = place_of(c, slot.hash);

	while (c->slots[i].where)
		i = (i + 1) & (c->room - 1);
	c->slots[i] = slot;
}

static int grow(struct build_cache *c)
{
	struct slot *old = c->slots;
	size_t room = c->room;

	c->slots = alloc_array(2 * (uint64_t)room, sizeof(*c->slots));
	if (!c->slots) {
		c->slots = old;
		return -ENOMEM;
	}
	c->room = 2 * room;
	for (size_t i = 0; i < room; i++)
		if (old[i].where)
			put(c, old[i]);
	free(old);
	return 0;
}

int build_cache_add(struct build_cache *c, const void *node, uint64_t where)
{
	int r = 2 * (c->nr + 1) > c->room ? grow(c) : 0;

	if (r)
		return r;
	put(c, (struct slot){ .hash = hash_of(node), .where = where });
	c->nr++;
	return 0;
}
