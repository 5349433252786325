/* SPDX-License-Identifier: GPL-2.0-or-later */
/* salvage_image - sound metadata, what it maps, and the ways to damage a copy. */
#ifndef SALVAGE_IMAGE_H
#define SALVAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "meta/format.h"
#include "meta/thin.h"

enum way {
	FLIP, SMEAR, SMEAR_SEALED, ZERO, STALE, STALE_SEALED, SWAP, SWAP_SEALED, NR_WAYS
};

extern const char *const way_names[NR_WAYS];

struct mapping {
	uint32_t dev_id;
	uint32_t leaf;
	uint64_t key;
	uint64_t value;
};

struct mappings {
	struct mapping *all;
	size_t nr, room;
};

struct image {
	const char *name;
	uint8_t *data;
	uint64_t nr_blocks;
	uint32_t *used;			/* blocks that make a difference */
	size_t nr_used;
	struct mappings truth;
	struct thin_sb sb;
};

/* What was done to a copy. */
struct damage {
	enum way way;
	unsigned nr;
	uint8_t *data;
	uint8_t *is_hit;		/* by block */
};

/* Random numbers, which the same seed gives again. */
extern uint64_t seed;
uint64_t rnd(uint64_t below);

/* Puts a copy behind the others; without memory the program ends. */
void mappings_add(struct mappings *m, const struct mapping *one);

/* By device and place. */
int mapping_order(const struct mapping *a, const struct mapping *b);

/* Reads the file @name; damage or failing ends the program. */
void image_read(struct image *im, const char *name);
void image_exit(struct image *im);

/* What the device trees in @data lead to, sorted; false if some of it is damaged. */
bool image_map(const uint8_t *data, const struct image *like, struct mappings *m);

/* Damages a copy of @im at @nr places, perhaps the same. */
void damage_init(struct damage *d, const struct image *im, enum way way, unsigned nr);
void damage_exit(struct damage *d);

static inline uint8_t *block_at(uint8_t *data, uint64_t where)
{
	return data + where * META_BLOCK_SIZE;
}

#endif
