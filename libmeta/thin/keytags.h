/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keytags - remembers, for each data block with several references, where it
 * is mapped.
 *
 * Snapshots keep addresses, so all mappings of one data block have the same
 * thin address.  One that has another is a suspect: perhaps one device maps
 * the block twice.  And a block that two live leaves name is really shared, so
 * its mappings must be older than the snapshot time of both devices.
 *
 * Two bytes per block that the space map counts more than once: a hash of the
 * address and two flags.
 * Suspects are looked at again, exactly, by suspects.h.
 */
#ifndef THIN_KEYTAGS_H
#define THIN_KEYTAGS_H

#include <pthread.h>

#include "base/bits.h"

/* So many suspects are kept, the ones with the lowest numbers. */
#define KEYTAGS_SUSPECTS 1024u

struct keytags {
	struct bits several;		/* blocks that have a tag */
	uint32_t *before;		/* how many of them before each group of 64 */
	uint16_t *tags;
	uint64_t nr;
	pthread_mutex_t lock;		/* for what follows */
	uint64_t *suspects;
	uint32_t nr_suspects;
};

/* For data blocks below @nr_blocks.  0 or -ENOMEM. */
int keytags_init(struct keytags *t, uint64_t nr_blocks);
void keytags_exit(struct keytags *t);

/* After ->several was filled and before anything is noted.  0 or -ENOMEM. */
int keytags_begin(struct keytags *t);

static inline unsigned keytags_popcount(uint64_t v)
{
	v -= v >> 1 & 0x5555555555555555ull;
	v = (v & 0x3333333333333333ull) + (v >> 2 & 0x3333333333333333ull);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return (unsigned)(v * 0x0101010101010101ull >> 56);
}

/* The index of @block's tag: how many blocks below it have one. */
static inline uint64_t keytags_index(const struct keytags *t, uint64_t block)
{
	uint64_t below = t->several.words[block / 64] & ((1ull << block % 64) - 1);

	return t->before[block / 64] + keytags_popcount(below);
}

/* A tag: a hash of the thin address, never 0, and these. */
#define KEYTAG_LIVE	0x8000u		/* named by a leaf that a live device reaches, */
#define KEYTAG_LATE	0x4000u		/* which it takes for its own */
#define KEYTAG_HASH	0x3fffu

static inline uint16_t keytag(uint64_t key, uint16_t flags)
{
	uint64_t h = (key + 1) * 0x9e3779b97f4a7c15ull >> 50;

	return (uint16_t)((h ? h : 1) | flags);
}

/* keytags_note() when the tag is not what it was already. */
void keytags_change(struct keytags *t, uint64_t index, uint64_t block, uint16_t tag);

/* One mapping of @block, whose tag is at @index. */
static inline void keytags_note(struct keytags *t, uint64_t index, uint64_t block, uint16_t tag)
{
	if (__builtin_expect(__atomic_load_n(&t->tags[index], __ATOMIC_RELAXED) != tag ||
			     tag & KEYTAG_LATE, 0))
		keytags_change(t, index, block, tag);
}

static inline void keytags_prefetch(const struct keytags *t, uint64_t index)
{
	__builtin_prefetch(&t->tags[index], 1);
}

/* Adds a suspect for other reasons.  Any thread. */
void keytags_suspect(struct keytags *t, uint64_t block);

/* Sorts the suspects and drops those that are there twice. */
void keytags_sort(struct keytags *t);

#endif
