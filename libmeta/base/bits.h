/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bits - a set of block numbers below a limit, one bit each.
 *
 * For one thread at a time.
 */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <stdbool.h>
#include <stdint.h>

struct bits {
	uint64_t *words;
	uint64_t nr;		/* the limit */
	uint64_t count;		/* members */
};

/* Makes an empty set.  0 or -ENOMEM. */
int bits_init(struct bits *b, uint64_t nr);
void bits_exit(struct bits *b);

/* Adds @n, which must be below the limit; says whether it is new. */
bool bits_add(struct bits *b, uint64_t n);

/*
 * Adds @n + i for each bit i of @mask; @n is a multiple of eight, and what is
 * not below the limit is left out.
 */
void bits_add_eight(struct bits *b, uint64_t n, unsigned mask);

static inline bool bits_has(const struct bits *b, uint64_t n)
{
	return n < b->nr && b->words[n / 64] >> n % 64 & 1;
}

/* The smallest member that is @from or above; the limit if there is none. */
uint64_t bits_next(const struct bits *b, uint64_t from);

/* The smallest number that is @from or above and no member; the limit if none. */
uint64_t bits_next_gap(const struct bits *b, uint64_t from);

/* Forgets all members. */
void bits_clear(struct bits *b);

#endif
