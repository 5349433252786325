/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * damage_image - a metadata image in memory, to be damaged and made whole
 * again, and the many ways to damage it.
 */
#ifndef DAMAGE_IMAGE_H
#define DAMAGE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "damage_reader.h"

/* Random numbers that the same seed gives again. */
struct dice {
	uint64_t state;
};

/* The next number. */
uint64_t dice_roll(struct dice *d);
/* From 0 to @nr - 1. */
uint64_t dice_below(struct dice *d, uint64_t nr);

struct image {
	const char *path;
	uint8_t *clean, *data;
	uint64_t nr_blocks;
	struct reading reading;		/* of the clean image */
	uint32_t *used, *special;	/* blocks; those that are no mapping leaves */
	uint64_t nr_used, nr_special;
	uint32_t *maps;			/* blocks of space maps */
	uint64_t nr_maps;
	bool only_maps;			/* damage those alone */
	/* What the present case has done. */
	uint32_t touched[256];
	unsigned nr_touched;
	bool all_touched;
	bool sealed;			/* checksums were made good again */
	bool only_free;			/* nothing in use was touched */
	uint64_t size;			/* bytes that are left of the device */
};

/* Ends the program when the file cannot be had. */
void image_load(struct image *im, const char *path);
void image_free(struct image *im);

/* Damages one to 64 blocks. */
void image_damage(struct image *im, struct dice *d);

/* Undoes it, also where the library has written. */
void image_restore(struct image *im);

#endif
