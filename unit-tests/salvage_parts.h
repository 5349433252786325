/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * salvage_parts - what a repair knows of a pool_image after the scan, for tests
 * of its parts.
 */
#ifndef UNIT_SALVAGE_PARTS_H
#define UNIT_SALVAGE_PARTS_H

#include "pool_image.h"
#include "thin/salvage.h"

struct salvage_parts {
	struct pool_image image;	/* made by the caller */
	struct thin_salvage s;
};

/* Scans ->image; nothing is reached yet, and nothing counted.  Failing ends the program. */
void salvage_parts_init(struct salvage_parts *p);

/* Releases ->image as well. */
void salvage_parts_exit(struct salvage_parts *p);

/* Makes a map of ->image in which each block of @counts has that many, and loads it. */
void salvage_parts_count(struct salvage_parts *p, const uint8_t *counts);

#endif
