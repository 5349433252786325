/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "salvage_image.h"

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/le.h"
#include "pdata/node.h"
#include "thin/sb.h"

const char *const way_names[NR_WAYS] = {
	"one bit", "noise", "noise, sealed", "zeroes", "other block", "other block, sealed",
	"swapped", "swapped, sealed",
};

uint64_t seed;

uint64_t rnd(uint64_t below)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % below;
}

void mappings_add(struct mappings *m, const struct mapping *one)
{
	if (m->nr == m->room) {
		m->room = m->room ? 2 * m->room : 4096;
		m->all = reallocarray(m->all, m->room, sizeof(*m->all));
		if (!m->all)
			err(2, "mappings");
	}
	m->all[m->nr++] = *one;
}

int mapping_order(const struct mapping *a, const struct mapping *b)
{
	if (a->dev_id != b->dev_id)
		return a->dev_id < b->dev_id ? -1 : 1;
	return (a->key > b->key) - (a->key < b->key);
}

struct reader {
	const uint8_t *data;
	uint64_t nr_blocks;
	struct mappings *to;
};

static bool read_tree(const struct reader *r, uint64_t where, uint32_t dev_id, bool is_top,
		      unsigned depth)
{
	struct fault f;
	struct node n;

	if (where >= r->nr_blocks || depth > 16 ||
	    node_parse(&n, r->data + where * META_BLOCK_SIZE, where, sizeof(__le64), &f))
		return false;
	for (uint32_t i = 0; i < n.nr_entries; i++) {
		uint64_t value = node_value64(&n, i);

		if (!n.leaf || is_top) {
			if (!read_tree(r, value, n.leaf ? (uint32_t)node_key(&n, i) : dev_id,
				       is_top && !n.leaf, depth + 1))
				return false;
			continue;
		}
		mappings_add(r->to, &(struct mapping){
			dev_id, (uint32_t)where, node_key(&n, i), value });
	}
	return true;
}

bool image_map(const uint8_t *data, const struct image *like, struct mappings *m)
{
	const struct reader r = { data, like->nr_blocks, m };

	return read_tree(&r, like->sb.mapping_root, 0, true, 0);
}

void image_read(struct image *im, const char *name)
{
	struct fault f[THIN_SB_FAULTS];
	FILE *from = fopen(name, "re");
	long size;
	unsigned nr;

	if (!from || fseek(from, 0, SEEK_END) || (size = ftell(from)) < 0)
		err(2, "%s", name);
	rewind(from);
	*im = (struct image){ .name = name, .nr_blocks = (uint64_t)size / META_BLOCK_SIZE };
	im->data = malloc((size_t)size);
	im->used = calloc(im->nr_blocks, sizeof(*im->used));
	if (!im->data || !im->used || fread(im->data, (size_t)size, 1, from) != 1)
		err(2, "%s", name);
	fclose(from);
	if (thin_sb_parse(&im->sb, im->data, 0, im->nr_blocks, f, &nr))
		errx(2, "%s: the superblock is damaged", name);
	if (!image_map(im->data, im, &im->truth))
		errx(2, "%s: a tree is damaged", name);
	for (uint64_t where = 0; where < im->nr_blocks; where++) {
		enum block_kind kind = block_kind_of(block_at(im->data, where));

		if (kind != KIND_FREE && kind != KIND_ZERO)
			im->used[im->nr_used++] = (uint32_t)where;
	}
}

void image_exit(struct image *im)
{
	free(im->data);
	free(im->used);
	free(im->truth.all);
}

static void seal_as(uint8_t *block, uint64_t where, enum block_kind kind)
{
	static const uint32_t salts[NR_BLOCK_KINDS] = {
		[KIND_SB] = THIN_SB_SALT, [KIND_NODE] = NODE_SALT, [KIND_BITMAP] = BITMAP_SALT,
		[KIND_INDEX] = INDEX_SALT,
	};

	if (salts[kind])
		block_seal(block, where, salts[kind]);
}

static void smear(uint8_t *block)
{
	unsigned nr = 2 + (unsigned)rnd(64);

	for (unsigned i = 0; i < nr; i++)
		block[rnd(META_BLOCK_SIZE)] = (uint8_t)rnd(256);
}

static void swap(uint8_t *a, uint8_t *b)
{
	uint8_t was[META_BLOCK_SIZE];

	memcpy(was, a, sizeof(was));
	memcpy(a, b, sizeof(was));
	memcpy(b, was, sizeof(was));
}

static void hit(const struct image *im, struct damage *d)
{
	uint32_t where = im->used[rnd(im->nr_used)], other = im->used[rnd(im->nr_used)];
	uint8_t *block = block_at(d->data, where), *source = block_at(d->data, other);
	enum way way = d->way;
	enum block_kind kind = block_kind_of(block), others = block_kind_of(source);

	d->is_hit[where] = 1;
	if (getenv("SALVAGE_CASE"))
		printf("  block %u, other %u\n", where, other);
	if (way == SWAP || way == SWAP_SEALED)
		d->is_hit[other] = 1;
	if (way == FLIP)
		block[rnd(META_BLOCK_SIZE)] ^= (uint8_t)(1u << rnd(8));
	else if (way == SMEAR || way == SMEAR_SEALED)
		smear(block);
	else if (way == ZERO)
		memset(block, 0, META_BLOCK_SIZE);
	else if (way == STALE || way == STALE_SEALED)
		memmove(block, source, META_BLOCK_SIZE);
	else
		swap(block, source);
	if (way == SMEAR_SEALED)
		seal_as(block, where, kind);
	if (way == STALE_SEALED || way == SWAP_SEALED)
		seal_as(block, where, others);
	if (way == SWAP_SEALED)
		seal_as(source, other, kind);
}

void damage_init(struct damage *d, const struct image *im, enum way way, unsigned nr)
{
	size_t size = im->nr_blocks * META_BLOCK_SIZE;

	*d = (struct damage){
		.way = way, .nr = nr, .data = malloc(size), .is_hit = calloc(im->nr_blocks, 1),
	};
	if (!d->data || !d->is_hit)
		err(2, "damage");
	memcpy(d->data, im->data, size);
	for (unsigned i = 0; i < nr; i++)
		hit(im, d);
}

void damage_exit(struct damage *d)
{
	free(d->data);
	free(d->is_hit);
}
