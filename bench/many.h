/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * many - a pool of 16 big devices without snapshots, scattered over the data
 * device in short runs.
 */
#ifndef BENCH_MANY_H
#define BENCH_MANY_H

#include <stdint.h>

#include "image.h"

/* Fills @im with a pool of @nr_mappings. */
void many_fill(struct image *im, uint64_t nr_mappings);

/* The same on a data device twice as large: behind each run is a hole as long. */
void many_fill_half(struct image *im, uint64_t nr_mappings);

/* As many_fill(), but all devices grew at once: no two leaves of one are neighbours. */
void many_fill_mixed(struct image *im, uint64_t nr_mappings);

#endif
