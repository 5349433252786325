/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * refs - a count for every block of a device, one byte each, for many threads.
 *
 * It works as a ledger: what a space map says is added, what trees point to is
 * taken off, in any order, and a block whose count is then not zero is wrong.
 * It also serves a writer that only counts up.
 *
 * Memory is zeroed and lazily given, so blocks that nobody names cost nothing.
 * Counts that do not fit into a byte move to a table behind a lock, so a
 * count is exact up to 63 bits.  A count may be pinned as unknown: it then
 * stays, whatever is added.
 */
#ifndef BASE_REFS_H
#define BASE_REFS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct refs_big;

struct refs {
	uint64_t *words;		/* eight blocks each */
	uint64_t nr;			/* blocks */
	pthread_mutex_t lock;		/* for what follows */
	struct refs_big *big;
	uint64_t nr_big;
	uint64_t room_big;
	int error;			/* -ENOMEM: counts are not to be trusted */
};

/* Counts of 0 for @nr blocks.  0 or -ENOMEM. */
int refs_init(struct refs *r, uint64_t nr);
/* Frees all; also after refs_init() failed. */
void refs_exit(struct refs *r);

/*
 * Adds @delta, +1 or -1, to each of blocks @begin to @begin + @len - 1, which
 * must be below the limit.
 */
void refs_add_run(struct refs *r, uint64_t begin, uint64_t len, int delta);

/* Adds any number to one block. */
void refs_add(struct refs *r, uint64_t block, int64_t delta);

/* Tells the processor that a run will be added to soon. */
static inline void refs_prefetch(const struct refs *r, uint64_t begin)
{
	__builtin_prefetch(&r->words[begin / 8], 1);
}

/* The count; 0 if it is unknown. */
int64_t refs_get(struct refs *r, uint64_t block);

/* Pins the count of one block. */
void refs_set_unknown(struct refs *r, uint64_t block);
/* Whether refs_set_unknown() was called for it. */
bool refs_is_unknown(const struct refs *r, uint64_t block);

/*
 * Sets eight blocks from @block on, a multiple of eight, that nobody else uses
 * meanwhile.  Byte n from the low end of @word is the count of block n, small.
 */
static inline void refs_set_eight(struct refs *r, uint64_t block, uint64_t word)
{
	r->words[block / 8] = word;
}

/*
 * Which of the eight blocks from @block on, a multiple of eight, are known to
 * have a count of 0: bit n of the result is for block @block + n.
 */
static inline unsigned refs_zeroes(const struct refs *r, uint64_t block)
{
	const uint64_t low = 0x7f7f7f7f7f7f7f7full;
	uint64_t word = r->words[block / 8];
	/* The highest bit of each byte that is zero, then all of these side by side. */
	uint64_t tops = ~(((word & low) + low) | word | low);

	return (unsigned)((tops >> 7) * 0x0102040810204080ull >> 56);
}

/* The first block from @from on that is neither zero nor unknown; nr if none. */
uint64_t refs_next(struct refs *r, uint64_t from);

/* -ENOMEM if the table ran out of memory, else 0. */
int refs_error(const struct refs *r);

#endif
