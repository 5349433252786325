/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * maps - the two space maps of an image, from its counts.
 *
 * The bitmaps of the data map are allocated apart, a few at a time between
 * other blocks, for in a pool that has been in use they lie everywhere.
 */
#ifndef BENCH_MAPS_H
#define BENCH_MAPS_H

#include <stdint.h>

#include "image.h"

struct maps {
	struct image *im;
	uint64_t *data_bitmaps;		/* block of each */
	uint64_t nr_data_bitmaps;
	uint64_t nr_allocated;		/* of the data bitmaps, so far */
};

/* Begins the maps of @im, the size of whose data device is set. */
void maps_init(struct maps *m, struct image *im);

/* Allocates data bitmaps until @part of @whole of them have their block. */
void maps_allocate(struct maps *m, uint64_t part, uint64_t whole);

/*
 * Writes both maps and fills their roots.  Every other block of the image must
 * have been allocated and counted before.
 */
void maps_store(struct maps *m, struct sm_root_disk *data, struct sm_root_disk *metadata);

#endif
