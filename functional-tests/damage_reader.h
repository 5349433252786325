/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * damage_reader - reads the metadata of a pool in the simplest way there is,
 * to compare with what the library says of it.
 *
 * Nothing here comes from the library but the structs of meta/format.h and the
 * checksum; trees are read by recursion, a pointer at a time.
 */
#ifndef DAMAGE_READER_H
#define DAMAGE_READER_H

#include <stdbool.h>
#include <stdint.h>

/* What is told apart; FREE blocks are those that nothing points to, MAP those of space maps. */
enum use { USE_FREE, USE_LEAF, USE_OTHER, USE_MAP };

struct reading {
	bool broken;		/* something is wrong, */
	bool leaky;		/* or merely too high */
	const char *why;	/* the first thing that is */
	uint64_t live;		/* a digest of what each device maps */
	uint64_t held;		/* the metadata snapshot's likewise */
};

/* @uses: NULL, or a zero for each block, which becomes an enum use. */
void reader_read(struct reading *r, const uint8_t *data, uint64_t nr_blocks, uint8_t *uses);

/* Adds one mapping to a digest. */
static inline uint64_t reader_digest(uint64_t digest, uint64_t dev_id, uint64_t thin,
				     uint64_t mapping)
{
	const uint64_t odd = 0x9e3779b97f4a7c15ull;

	digest = (digest ^ dev_id) * odd;
	digest = (digest ^ digest >> 29 ^ thin) * odd;
	digest = (digest ^ digest >> 32 ^ mapping) * odd;
	return digest ^ digest >> 31;
}

#endif
