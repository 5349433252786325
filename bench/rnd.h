/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rnd - numbers that look random and are the same for the same seed, on every
 * machine (splitmix64).
 */
#ifndef BENCH_RND_H
#define BENCH_RND_H

#include <stdint.h>

struct rnd {
	uint64_t state;
};

static inline uint64_t rnd_next(struct rnd *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* One of 0 .. @limit - 1; @limit is not 0 and below 2^32. */
static inline uint32_t rnd_below(struct rnd *r, uint64_t limit)
{
	return (uint32_t)((rnd_next(r) >> 32) * limit >> 32);
}

#endif
