/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "damage_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/le.h"
#include "meta/format.h"

#define DEPTH 16u

struct reader {
	struct reading *r;
	const uint8_t *data;
	uint64_t nr_blocks;
	struct thin_sb_disk sb;
	uint64_t nr_meta, nr_data;
	uint32_t *meta, *data_counts;	/* pointers found */
	uint32_t *stored;		/* of the space map at hand */
	uint64_t nr_stored, nr_bitmaps, next_bitmap;
	uint8_t *uses;
	uint64_t *digest;
	/* For the devices of one side. */
	uint64_t dev_id, nr_mapped;
	const void *details_root;
};

/* One tree, and what to do with its entries. */
struct tree {
	uint32_t value_size;
	bool again;			/* entries of nodes that were seen before, too */
	void (*entry)(struct reader *rd, uint64_t key, const void *value, bool first);
};

static void broken(struct reader *rd, const char *why)
{
	if (!rd->r->broken)
		rd->r->why = why;
	rd->r->broken = true;
}

static uint32_t u32(const void *p)
{
	__le32 v;

	memcpy(&v, p, sizeof(v));
	return le32_to_cpu(v);
}

static uint64_t u64(const void *p)
{
	__le64 v;

	memcpy(&v, p, sizeof(v));
	return le64_to_cpu(v);
}

/* NULL when it is not there, or not what it should be. */
static const uint8_t *get_block(struct reader *rd, uint64_t where, uint32_t salt)
{
	const uint8_t *b = rd->data + where * META_BLOCK_SIZE;

	if (where >= rd->nr_blocks || (rd->nr_meta && where >= rd->nr_meta)) {
		broken(rd, "pointer");
		return NULL;
	}
	if ((crc32c(~0u, b + 4, META_BLOCK_SIZE - 4) ^ salt) != u32(b) || u64(b + 8) != where) {
		broken(rd, "checksum or place");
		return NULL;
	}
	return b;
}

static void count(struct reader *rd, uint64_t where, enum use use)
{
	if (where >= rd->nr_meta)
		return;
	rd->meta[where]++;
	if (rd->uses)
		rd->uses[where] = (uint8_t)use;
}

static void read_node(struct reader *rd, const struct tree *t, uint64_t where, uint64_t least,
		      uint64_t below, unsigned depth, unsigned *height, bool first)
{
	const uint8_t *b = get_block(rd, where, NODE_SALT);
	uint32_t nr, max, size;
	unsigned child_height, want = 0;
	bool leaf;

	if (!b || depth == DEPTH || rd->r->broken)
		return broken(rd, "node");
	leaf = u32(b + 4) == NODE_LEAF;
	nr = u32(b + 16);
	max = u32(b + 20);
	size = u32(b + 24);
	if ((!leaf && (u32(b + 4) != NODE_INTERNAL || !nr)) || nr > max || max % 3 ||
	    max > node_max_entries(size) || size != (leaf ? t->value_size : 8) ||
	    (depth && nr < max / 3))
		return broken(rd, "node header");
	first = first && !rd->meta[where];
	count(rd, where, leaf && t->again ? USE_LEAF : USE_OTHER);
	if (!first && !t->again)
		rd->meta[where] += 0;

	for (uint32_t i = 0; i < nr && !rd->r->broken; i++) {
		uint64_t key = u64(b + 32 + 8 * i);
		uint64_t end = i + 1 < nr ? u64(b + 40 + 8 * i) : below;
		const uint8_t *value = b + 32 + 8 * max + size * i;

		if (key < least || key >= end)
			return broken(rd, "keys");
		if (leaf) {
			t->entry(rd, key, value, first);
			continue;
		}
		if (!first) {
			/* Its children are counted already. */
			if (u64(value) < rd->nr_meta)
				rd->meta[u64(value)]--;
		}
		read_node(rd, t, u64(value), key, end, depth + 1, &child_height, first);
		if (i && child_height != want)
			return broken(rd, "heights");
		want = child_height;
	}
	*height = leaf ? 0 : want + 1;
}

static void read_tree(struct reader *rd, const struct tree *t, uint64_t root)
{
	unsigned height = 0;

	read_node(rd, t, root, 0, UINT64_MAX, 0, &height, true);
}
