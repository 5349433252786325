/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snaps - a pool of one device and 208 snapshots of it, or 8, taken one after the
 * other, each of which was then rewritten a little.
 */
#ifndef BENCH_SNAPS_H
#define BENCH_SNAPS_H

#include <stdint.h>

#include "image.h"

/* Fills @im with a pool whose origin has @nr_mappings. */
void snaps_fill(struct image *im, uint64_t nr_mappings);
void snaps_fill_few(struct image *im, uint64_t nr_mappings);

#endif
