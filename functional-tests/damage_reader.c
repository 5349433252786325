/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "damage_reader.h"

#include <stdio.h>
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
	uint64_t nr_meta, nr_data;	/* what the space maps cover */
	uint32_t *meta, *mapped;	/* pointers found, by block */
	uint8_t *uses;
	/* One side of the pool. */
	uint64_t *digest;
	const uint8_t *sb;
	uint64_t nr_devices;
	/* One device, and one space map. */
	uint64_t dev_id, nr_mapped;
	uint32_t *stored;
	uint64_t nr_stored, nr_entries;
};

/* A kind of tree; @counting is false where a node was seen before. */
struct tree {
	uint32_t value_size;
	enum use leaf_use;
	void (*entry)(struct reader *rd, uint64_t key, const uint8_t *value, bool counting);
};

static void broken(struct reader *rd, const char *why)
{
	if (!rd->r->broken)
		rd->r->why = why;
	rd->r->broken = true;
}

static uint32_t u32(const uint8_t *p)
{
	__le32 v;

	memcpy(&v, p, sizeof(v));
	return le32_to_cpu(v);
}

static uint64_t u64(const uint8_t *p)
{
	__le64 v;

	memcpy(&v, p, sizeof(v));
	return le64_to_cpu(v);
}

static void *zeroes(uint64_t nr)
{
	void *p = calloc(nr + 1, sizeof(uint32_t));

	if (!p) {
		fprintf(stderr, "damage: out of memory\n");
		exit(1);
	}
	return p;
}

/* NULL when it is not there, or not what it should be. */
static const uint8_t *get_block(struct reader *rd, uint64_t where, uint32_t salt)
{
	const uint8_t *b;

	if (where >= rd->nr_meta) {
		broken(rd, "pointer");
		return NULL;
	}
	b = rd->data + where * META_BLOCK_SIZE;
	if ((crc32c(~0u, b + 4, META_BLOCK_SIZE - 4) ^ salt) != u32(b) || u64(b + 8) != where) {
		broken(rd, "checksum or place");
		return NULL;
	}
	return b;
}

/* One pointer to @where; says whether it is the first. */
static bool count(struct reader *rd, uint64_t where, enum use use)
{
	if (rd->uses)
		rd->uses[where] = (uint8_t)use;
	return !rd->meta[where]++;
}

static bool is_good_header(const uint8_t *b, uint32_t leaf_value_size, bool root)
{
	bool leaf = u32(b + 4) == NODE_LEAF;
	uint32_t nr = u32(b + 16), max = u32(b + 20), size = leaf ? leaf_value_size : 8;

	if (u32(b + 24) != size || !max || max % 3 || max > node_max_entries(size) || nr > max)
		return false;
	if (!leaf && (u32(b + 4) != NODE_INTERNAL || !nr))
		return false;
	return root || nr >= max / 3;
}

/* Keys from @least on and below @end; returns the height. */
static unsigned read_node(struct reader *rd, const struct tree *t, uint64_t where, uint64_t least,
			  uint64_t end, unsigned depth, bool counting)
{
	const uint8_t *b = get_block(rd, where, NODE_SALT);
	unsigned height = 0, child;

	if (!b || depth == DEPTH || !is_good_header(b, t->value_size, !depth)) {
		broken(rd, "node");
		return 0;
	}
	if (counting)
		counting = count(rd, where, u32(b + 4) == NODE_LEAF ? t->leaf_use : USE_OTHER);
	for (uint32_t i = 0; i < u32(b + 16) && !rd->r->broken; i++) {
		bool is_last = i + 1 == u32(b + 16);
		uint64_t key = u64(b + 32 + 8 * i), next = is_last ? end : u64(b + 40 + 8 * i);
		const uint8_t *value = b + 32 + 8 * u32(b + 20) + u32(b + 24) * i;

		if (key < least || key >= next || next > end) {
			broken(rd, "keys");
		} else if (u32(b + 4) == NODE_LEAF) {
			t->entry(rd, key, value, counting);
		} else {
			child = read_node(rd, t, u64(value), key, next, depth + 1, counting) + 1;
			if (i && child != height)
				broken(rd, "heights");
			height = child;
		}
	}
	return height;
}

static void read_tree(struct reader *rd, const struct tree *t, uint64_t root, bool counting)
{
	read_node(rd, t, root, 0, UINT64_MAX, 0, counting);
}

static void mapping_entry(struct reader *rd, uint64_t key, const uint8_t *value, bool counting)
{
	uint64_t data = thin_mapping_block(u64(value));

	rd->nr_mapped++;
	if (data >= rd->nr_data) {
		broken(rd, "data block");
		return;
	}
	if (counting)
		rd->mapped[data]++;
	*rd->digest = reader_digest(*rd->digest, rd->dev_id, key, u64(value));
}

/* Looks for the one device at hand. */
static void details_entry(struct reader *rd, uint64_t key, const uint8_t *value, bool counting)
{
	(void)counting;
	rd->nr_entries++;
	if (key == rd->dev_id && u64(value) == rd->nr_mapped)
		rd->nr_devices++;
}

static void top_entry(struct reader *rd, uint64_t key, const uint8_t *value, bool counting)
{
	const struct tree mappings = { 8, USE_LEAF, mapping_entry };
	const struct tree details = { 24, USE_OTHER, details_entry };
	uint64_t before = rd->nr_devices;

	rd->dev_id = key;
	rd->nr_mapped = 0;
	read_tree(rd, &mappings, u64(value), counting);
	read_tree(rd, &details, u64(rd->sb + 328), false);
	if (rd->nr_devices != before + 1)
		broken(rd, "details");
}

/* The trees below one superblock. */
static void read_side(struct reader *rd, const uint8_t *sb, uint64_t *digest)
{
	const struct tree top = { 8, USE_OTHER, top_entry };
	const struct tree details = { 24, USE_OTHER, details_entry };

	rd->sb = sb;
	rd->digest = digest;
	rd->nr_devices = 0;
	read_tree(rd, &top, u64(sb + 320), true);
	rd->nr_entries = 0;
	rd->dev_id = UINT64_MAX;
	read_tree(rd, &details, u64(sb + 328), true);
	if (rd->nr_entries != rd->nr_devices)
		broken(rd, "number of devices");
}

static void read_bitmap(struct reader *rd, uint64_t i, const uint8_t *entry)
{
	const uint8_t *b = get_block(rd, u64(entry), BITMAP_SALT);
	uint32_t nr_used = 0, nr = 0;

	if (!b)
		return;
	count(rd, u64(entry), USE_MAP);
	for (uint32_t k = 0; k < BITMAP_ENTRIES && i * BITMAP_ENTRIES + k < rd->nr_stored; k++) {
		unsigned pair = b[16 + k / 4] >> k % 4 * 2 & 3;

		rd->stored[i * BITMAP_ENTRIES + k] = (pair & 1) << 1 | pair >> 1;
		nr_used += pair != 0;
		nr++;
	}
	if (u32(entry + 8) != nr - nr_used && u32(entry + 8) != BITMAP_ENTRIES - nr_used)
		rd->r->leaky = true;
}

static void index_entry(struct reader *rd, uint64_t key, const uint8_t *value, bool counting)
{
	(void)counting;
	if (key != rd->nr_entries++ || key * BITMAP_ENTRIES >= rd->nr_stored)
		broken(rd, "index keys");
	else
		read_bitmap(rd, key, value);
}

static void overflow_entry(struct reader *rd, uint64_t key, const uint8_t *value, bool counting)
{
	(void)counting;
	if (key >= rd->nr_stored || rd->stored[key] != BITMAP_OVERFLOW || u32(value) < 3)
		broken(rd, "overflow");
	else
		rd->stored[key] = u32(value);
	rd->nr_entries++;
}

/* What is stored against what was found. */
static void compare(struct reader *rd, const uint32_t *found, uint64_t nr_allocated)
{
	uint64_t nr = 0;

	for (uint64_t i = 0; i < rd->nr_stored; i++) {
		nr += rd->stored[i] != 0;
		if (rd->stored[i] < found[i])
			broken(rd, "low count");
		if (rd->stored[i] > found[i])
			rd->r->leaky = true;
	}
	if (nr != nr_allocated)
		rd->r->leaky = true;
}

static void read_space_map(struct reader *rd, const uint8_t *root, uint32_t *stored, bool is_data)
{
	const struct tree index = { 16, USE_MAP, index_entry };
	const struct tree overflow = { 4, USE_MAP, overflow_entry };
	uint64_t nr_threes = 0;
	const uint8_t *b;

	rd->stored = stored;
	rd->nr_stored = u64(root);
	rd->nr_entries = 0;
	if (is_data) {
		read_tree(rd, &index, u64(root + 16), true);
		if (rd->nr_entries != (rd->nr_stored + BITMAP_ENTRIES - 1) / BITMAP_ENTRIES)
			broken(rd, "number of bitmaps");
	} else {
		b = get_block(rd, u64(root + 16), INDEX_SALT);
		if (b)
			count(rd, u64(root + 16), USE_MAP);
		for (uint64_t i = 0; b && i * BITMAP_ENTRIES < rd->nr_stored; i++)
			read_bitmap(rd, i, b + 16 + 16 * i);
	}
	for (uint64_t i = 0; i < rd->nr_stored; i++)
		nr_threes += stored[i] == BITMAP_OVERFLOW;
	rd->nr_entries = 0;
	read_tree(rd, &overflow, u64(root + 24), true);
	if (rd->nr_entries != nr_threes)
		broken(rd, "overflow entries");
}

static void read_all(struct reader *rd, const uint8_t *sb)
{
	uint32_t *data = zeroes(rd->nr_data), *meta = zeroes(rd->nr_meta);
	const uint8_t *held;

	count(rd, 0, USE_OTHER);
	read_side(rd, sb, &rd->r->live);
	if (u64(sb + 56)) {
		held = get_block(rd, u64(sb + 56), THIN_SB_SALT);
		if (held) {
			count(rd, u64(sb + 56), USE_OTHER);
			read_side(rd, held, &rd->r->held);
		}
	}
	read_space_map(rd, sb + 64, data, true);
	if (!rd->r->broken)
		compare(rd, rd->mapped, u64(sb + 72));
	/* The metadata map last, as it counts all of these blocks. */
	read_space_map(rd, sb + 192, meta, false);
	if (!rd->r->broken)
		compare(rd, rd->meta, u64(sb + 200));
	free(data);
	free(meta);
}

void reader_read(struct reading *r, const uint8_t *data, uint64_t nr_blocks, uint8_t *uses)
{
	struct reader rd = {
		.r = r, .data = data, .nr_blocks = nr_blocks, .nr_meta = 1, .uses = uses,
	};
	const uint8_t *sb;

	*r = (struct reading){ .broken = false };
	sb = nr_blocks ? get_block(&rd, 0, THIN_SB_SALT) : NULL;
	if (!sb || u64(sb + 32) != THIN_SB_MAGIC || u64(sb + 192) > nr_blocks ||
	    u64(sb + 64) / BITMAP_ENTRIES > nr_blocks) {
		broken(&rd, "superblock");
		return;
	}
	rd.nr_meta = u64(sb + 192);
	rd.nr_data = u64(sb + 64);
	rd.meta = zeroes(rd.nr_meta);
	rd.mapped = zeroes(rd.nr_data);
	read_all(&rd, sb);
	free(rd.meta);
	free(rd.mapped);
}
