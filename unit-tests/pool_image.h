/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pool_image - the metadata of a small pool in memory, put together block by
 * block, so that tests can choose who shares what and spoil any of it.
 *
 * The space maps are left out: readers of mappings do not look at them.
 */
#ifndef UNIT_POOL_IMAGE_H
#define UNIT_POOL_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "meta/engine.h"
#include "meta/format.h"

#define POOL_IMAGE_BLOCKS 128u
#define POOL_IMAGE_DEVICES 16u
#define POOL_IMAGE_DATA 100000u

struct pool_image {
	char *data;
	uint32_t nr_blocks;
	struct engine *engine;
	uint32_t next;			/* free block */
	unsigned nr_devices;
	uint32_t ids[POOL_IMAGE_DEVICES];
	uint32_t roots[POOL_IMAGE_DEVICES];
	uint32_t top, details;		/* blocks, from pool_image_finish() */
};

/* An empty pool; failing to make one ends the program. */
void pool_image_init(struct pool_image *p);
void pool_image_init_large(struct pool_image *p, uint32_t nr_blocks);
void pool_image_exit(struct pool_image *p);

/* A leaf of @nr thin blocks from @thin on, mapped to @data and on.  Its block. */
uint32_t pool_image_leaf(struct pool_image *p, uint64_t thin, uint64_t data, uint32_t nr);

/* An inner node above @nr children, in their order.  Its block. */
uint32_t pool_image_node(struct pool_image *p, const uint32_t *children, uint32_t nr);

/* Ids must ascend. */
void pool_image_device(struct pool_image *p, uint32_t dev_id, uint32_t root);

/* Writes the device trees and the superblock. */
void pool_image_finish(struct pool_image *p);

/* Makes the pool as it is its own metadata snapshot; returns that's block. */
uint32_t pool_image_hold(struct pool_image *p);

static inline void *pool_image_block(const struct pool_image *p, uint32_t where)
{
	return p->data + (size_t)where * META_BLOCK_SIZE;
}

/* Makes the checksum of a node right again. */
void pool_image_reseal(struct pool_image *p, uint32_t where);

#endif
