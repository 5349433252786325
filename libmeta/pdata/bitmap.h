/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bitmap - checked views of a space map's bitmaps and of its index.
 *
 *	| header : 16 | entry 0 .. entry 16319, two bits each |
 *
 * An entry is a count of 0, 1 or 2, or BITMAP_OVERFLOW.  Eight bytes of a
 * bitmap are taken apart at once: see bitmap_get().
 */
#ifndef PDATA_BITMAP_H
#define PDATA_BITMAP_H

#include "pdata/block.h"

/* 0, or -EUCLEAN with @f filled.  Nothing else in a bitmap can be illegal. */
int bitmap_check(const void *block, uint64_t where, struct fault *f);

/* Entry @i, below BITMAP_ENTRIES. */
static inline unsigned bitmap_get(const struct bitmap_disk *b, uint32_t i)
{
	unsigned pair = (unsigned)b->entries[i / 4] >> i % 4 * 2;

	return (pair & 1) << 1 | (pair >> 1 & 1);
}

/* Sets entry @i to @value, 0 to 3; the caller seals the block afterwards. */
static inline void bitmap_set(struct bitmap_disk *b, uint32_t i, unsigned value)
{
	unsigned shift = i % 4 * 2;
	unsigned pair = (value & 1) << 1 | (value >> 1 & 1);

	b->entries[i / 4] = (uint8_t)((b->entries[i / 4] & ~(3u << shift)) | pair << shift);
}

/* How many bitmaps a map of @nr_blocks has. */
static inline uint64_t bitmap_count(uint64_t nr_blocks)
{
	return nr_blocks / BITMAP_ENTRIES + (nr_blocks % BITMAP_ENTRIES != 0);
}

/* How many of the entries of bitmap @i are for blocks that exist. */
static inline uint32_t bitmap_used(uint64_t nr_blocks, uint64_t i)
{
	uint64_t left = nr_blocks - i * BITMAP_ENTRIES;

	return left < BITMAP_ENTRIES ? (uint32_t)left : BITMAP_ENTRIES;
}

/* The metadata space map's index block.  0, or -EUCLEAN with @f filled. */
int index_check(const void *block, uint64_t where, struct fault *f);

#endif
