/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pool - what stands above the mappings of an image: the device details, the
 * tree of roots, the space maps and the superblock.
 */
#ifndef BENCH_POOL_H
#define BENCH_POOL_H

#include <stdint.h>

#include "image.h"
#include "maps.h"

struct pool_device {
	uint64_t root;		/* of its mappings */
	uint64_t nr_mapped;
	uint64_t transaction_id;
	uint32_t creation_time;
	uint32_t snapshotted_time;
};

struct pool {
	struct image *im;
	struct maps maps;
	struct pool_device *devices;	/* the index is the id */
	uint32_t nr_devices;
	uint32_t time;
	uint64_t transaction_id;
};

/* Begins a pool of @nr_devices in @im, with @nr_data_blocks of data. */
void pool_init(struct pool *p, struct image *im, uint32_t nr_devices, uint64_t nr_data_blocks);

/* Writes all that is missing, from @devices and the counts of the image. */
void pool_store(struct pool *p);

#endif
