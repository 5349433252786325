/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image - metadata in the making: a mapped file, which of its blocks are taken
 * and how often each block, of metadata and of data, is referred to.
 *
 * Blocks are handed out nearly in order: from a small window in front of the
 * used part, at random, as a kernel that shadows and frees blocks leaves them.
 * A few free blocks thus stay behind in the used part.
 *
 * Nothing here returns an error: running out of memory, of disk or of blocks
 * ends the program with a message.
 */
#ifndef BENCH_IMAGE_H
#define BENCH_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include <meta/format.h>

#include "rnd.h"

enum { IMAGE_WINDOW = 64 };

struct image {
	struct rnd rnd;
	uint8_t *blocks;
	uint64_t nr_blocks;
	uint64_t nr_used;		/* blocks whose count is not 0 */
	uint64_t next;			/* first block beyond the window */
	uint64_t window[IMAGE_WINDOW];
	uint32_t *counts;		/* of each block */
	uint64_t nr_data_blocks;
	uint16_t *data_counts;		/* of each data block */
	int fd;
};

/* Says @what went wrong, and errno if it is set, and exits. */
_Noreturn void image_fail(const char *what);

/* @nr zeroed elements of @size bytes, which free() takes back. */
void *image_calloc(size_t nr, size_t size);

/* Creates or truncates @path and maps @nr_blocks of it. */
void image_open(struct image *im, const char *path, uint64_t nr_blocks, uint64_t seed);

/* Writes everything back. */
void image_close(struct image *im);

/* Sizes the data device; call once. */
void image_set_data(struct image *im, uint64_t nr_data_blocks);

/* A block that nobody has, with a count of 1 for the pointer to come. */
uint64_t image_alloc(struct image *im);

/* Where block @where is mapped. */
static inline void *image_block(const struct image *im, uint64_t where)
{
	return im->blocks + where * META_BLOCK_SIZE;
}

/*
 * Numbers and seals a block.  Every type has its own number at the same place
 * as struct block_header_disk has it.
 */
void image_seal(struct image *im, uint64_t where, uint32_t salt);

#endif
