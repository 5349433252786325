/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "damage_image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crc32c.h"
#include "base/le.h"

enum {
	MOST_BLOCKS = 64,		/* to damage at once */
};

uint64_t dice_roll(struct dice *d)
{
	uint64_t v = d->state += 0x9e3779b97f4a7c15ull;

	v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9ull;
	v = (v ^ v >> 27) * 0x94d049bb133111ebull;
	return v ^ v >> 31;
}

uint64_t dice_below(struct dice *d, uint64_t nr)
{
	return dice_roll(d) % nr;
}

static void die(const char *path)
{
	fprintf(stderr, "damage: %s: %s\n", path, errno ? strerror(errno) : "no whole metadata");
	exit(1);
}

static void read_file(struct image *im)
{
	FILE *f = fopen(im->path, "re");
	long size = -1;

	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
		die(im->path);
	im->nr_blocks = (uint64_t)size / META_BLOCK_SIZE;
	im->clean = alloc_blocks(im->nr_blocks);
	im->data = alloc_blocks(im->nr_blocks);
	im->used = alloc_array(im->nr_blocks, sizeof(*im->used));
	im->special = alloc_array(im->nr_blocks, sizeof(*im->special));
	im->maps = alloc_array(im->nr_blocks, sizeof(*im->maps));
	if (!im->clean || !im->data || !im->used || !im->special || !im->maps ||
	    fread(im->clean, META_BLOCK_SIZE, im->nr_blocks, f) != im->nr_blocks)
		die(im->path);
	fclose(f);
	memcpy(im->data, im->clean, im->nr_blocks * META_BLOCK_SIZE);
}

void image_load(struct image *im, const char *path)
{
	uint8_t *uses;

	*im = (struct image){ .path = path };
	errno = 0;
	read_file(im);
	uses = alloc_array(im->nr_blocks, 1);
	if (!uses)
		die(path);
	reader_read(&im->reading, im->clean, im->nr_blocks, uses);
	if (im->reading.broken)
		die(path);
	for (uint64_t b = 0; b < im->nr_blocks; b++) {
		if (uses[b] != USE_FREE)
			im->used[im->nr_used++] = (uint32_t)b;
		if (uses[b] == USE_MAP)
			im->maps[im->nr_maps++] = (uint32_t)b;
		if (uses[b] == USE_OTHER || uses[b] == USE_MAP)
			im->special[im->nr_special++] = (uint32_t)b;
	}
	free(uses);
	im->size = im->nr_blocks * META_BLOCK_SIZE;
}

void image_free(struct image *im)
{
	free(im->clean);
	free(im->data);
	free(im->used);
	free(im->special);
	free(im->maps);
}

void image_restore(struct image *im)
{
	if (im->all_touched)
		memcpy(im->data, im->clean, im->nr_blocks * META_BLOCK_SIZE);
	for (unsigned i = 0; i < im->nr_touched && !im->all_touched; i++)
		memcpy(im->data + (uint64_t)im->touched[i] * META_BLOCK_SIZE,
		       im->clean + (uint64_t)im->touched[i] * META_BLOCK_SIZE, META_BLOCK_SIZE);
	im->nr_touched = 0;
	im->all_touched = false;
	im->size = im->nr_blocks * META_BLOCK_SIZE;
}

static bool is_used(const struct image *im, uint32_t block)
{
	uint64_t low = 0, high = im->nr_used;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (im->used[mid] < block)
			low = mid + 1;
		else
			high = mid;
	}
	return low < im->nr_used && im->used[low] == block;
}

/* A block that is about to change. */
static uint8_t *touch(struct image *im, uint32_t block)
{
	im->touched[im->nr_touched++] = block;
	im->only_free = im->only_free && !is_used(im, block);
	return im->data + (uint64_t)block * META_BLOCK_SIZE;
}

/* What the clean block is sealed with; 0 if it is not. */
static uint32_t salt_of(const struct image *im, uint32_t block)
{
	static const uint32_t salts[] = { THIN_SB_SALT, NODE_SALT, BITMAP_SALT, INDEX_SALT };
	const uint8_t *b = im->clean + (uint64_t)block * META_BLOCK_SIZE;
	uint32_t crc = crc32c(~0u, b + 4, META_BLOCK_SIZE - 4);
	__le32 csum;

	memcpy(&csum, b, sizeof(csum));
	for (unsigned i = 0; i < 4; i++)
		if ((le32_to_cpu(csum) ^ crc) == salts[i])
			return salts[i];
	return 0;
}

static void seal(struct image *im, uint32_t block, uint32_t salt, bool place)
{
	uint8_t *b = im->data + (uint64_t)block * META_BLOCK_SIZE;
	__le64 where = cpu_to_le64(block);
	__le32 csum;

	if (!salt)
		return;
	if (place)
		memcpy(b + 8, &where, sizeof(where));
	csum = cpu_to_le32(crc32c(~0u, b + 4, META_BLOCK_SIZE - 4) ^ salt);
	memcpy(b, &csum, sizeof(csum));
}

static uint32_t pick(const struct image *im, struct dice *d)
{
	if (im->only_maps)
		return im->maps[dice_below(d, im->nr_maps)];
	switch (dice_below(d, 8)) {
	case 0:
		return (uint32_t)dice_below(d, im->nr_blocks);
	case 1:
	case 2:
	case 3:
		return im->special[dice_below(d, im->nr_special)];
	default:
		return im->used[dice_below(d, im->nr_used)];
	}
}

static void flip_bits(uint8_t *b, struct dice *d)
{
	for (uint64_t n = 1 + dice_below(d, 8); n--;)
		b[dice_below(d, META_BLOCK_SIZE)] ^= (uint8_t)(1u << dice_below(d, 8));
}

static void random_bytes(uint8_t *b, struct dice *d)
{
	uint64_t begin = dice_below(d, META_BLOCK_SIZE);
	uint64_t end = dice_below(d, 2) ? META_BLOCK_SIZE : begin + dice_below(d, 64);

	for (; begin < end && begin < META_BLOCK_SIZE; begin++)
		b[begin] = (uint8_t)dice_roll(d);
}

/* Where fields are dense: headers, and the first keys and values. */
static uint64_t pick_field(struct dice *d)
{
	static const uint32_t begins[] = { 0, 16, 32, 64, 192, 320, 1040, 1376, 2048, 2720 };
	uint64_t begin = begins[dice_below(d, 10)];

	return begin + 4 * dice_below(d, dice_below(d, 4) ? 16 : 200);
}

/* A field becomes something that is likely to be almost right. */
static void change_field(struct image *im, uint8_t *b, struct dice *d)
{
	uint64_t at = pick_field(d), value;
	uint32_t size = dice_below(d, 2) ? 4 : 8;
	__le64 v;

	memcpy(&v, b + at, sizeof(v));
	value = le64_to_cpu(v);
	switch (dice_below(d, 9)) {
	case 0: value = 0; break;
	case 1: value = UINT64_MAX; break;
	case 2: value += 1; break;
	case 3: value -= 1; break;
	case 4: value = im->nr_blocks; break;
	case 5: value = im->used[dice_below(d, im->nr_used)]; break;
	case 6: value ^= 1ull << dice_below(d, 64); break;
	case 7: value += 1ull << THIN_TIME_BITS; break;
	default: value = dice_roll(d) >> dice_below(d, 64); break;
	}
	v = cpu_to_le64(value);
	memcpy(b + at, &v, size);
}

static void swap(struct image *im, uint32_t block, struct dice *d, bool sealed)
{
	uint32_t other = pick(im, d), salt = salt_of(im, block), other_salt = salt_of(im, other);
	uint8_t *a = touch(im, block), *b = touch(im, other);
	uint8_t kept[META_BLOCK_SIZE];

	memcpy(kept, a, sizeof(kept));
	memmove(a, b, sizeof(kept));
	memcpy(b, kept, sizeof(kept));
	if (sealed) {
		seal(im, block, other_salt, true);
		seal(im, other, salt, true);
	}
}

/* Another block of the same type, perhaps an older version that is free now. */
static void copy_other(struct image *im, uint32_t block, struct dice *d, bool sealed)
{
	uint32_t salt = salt_of(im, block), from = block;
	uint8_t *b = touch(im, block);

	for (unsigned tries = 0; tries < 50; tries++) {
		from = (uint32_t)dice_below(d, im->nr_blocks);
		if (from != block && salt && salt_of(im, from) == salt)
			break;
	}
	memcpy(b, im->clean + (uint64_t)from * META_BLOCK_SIZE, META_BLOCK_SIZE);
	if (sealed)
		seal(im, block, salt_of(im, from), true);
}

static void damage_block(struct image *im, struct dice *d, bool sealed)
{
	uint32_t block = pick(im, d), salt = salt_of(im, block);
	uint64_t how = dice_below(d, sealed ? 10 : 6);
	uint8_t *b;

	if (how == 0)
		return swap(im, block, d, sealed);
	if (how == 1)
		return copy_other(im, block, d, sealed);
	b = touch(im, block);
	if (how == 2)
		memset(b, 0, META_BLOCK_SIZE);
	else if (how == 3)
		flip_bits(b, d);
	else if (how == 4)
		random_bytes(b, d);
	else
		change_field(im, b, d);
	if (sealed && how > 2)
		seal(im, block, salt, false);
}

void image_damage(struct image *im, struct dice *d)
{
	uint64_t nr = dice_below(d, 2) ? 1 : 1 + dice_below(d, 1ull << dice_below(d, 7));

	im->sealed = dice_below(d, 3);
	im->only_free = true;
	if (!im->only_maps && !dice_below(d, 60)) {
		im->size = dice_below(d, im->size);
		im->only_free = false;
	}
	for (uint64_t i = 0; i < nr && i < MOST_BLOCKS; i++)
		damage_block(im, d, im->sealed);
}
