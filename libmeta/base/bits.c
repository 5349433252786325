/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/bits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

int bits_init(struct bits *b, uint64_t nr)
{
	*b = (struct bits){ .nr = nr };
	b->words = alloc_array(nr / 64 + 1, sizeof(*b->words));
	return b->words ? 0 : -ENOMEM;
}

void bits_exit(struct bits *b)
{
	free(b->words);
	b->words = NULL;
}

bool bits_add(struct bits *b, uint64_t n)
{
	uint64_t bit = 1ull << n % 64;

	if (b->words[n / 64] & bit)
		return false;
	b->words[n / 64] |= bit;
	b->count++;
	return true;
}

void bits_add_eight(struct bits *b, uint64_t n, unsigned mask)
{
	uint64_t *word, was;

	/* Pages of an empty set that are not written to cost nothing. */
	if (n >= b->nr || !(mask & 0xff))
		return;
	word = &b->words[n / 64];
	was = *word;
	if (b->nr - n < 8)
		mask &= (1u << (b->nr - n)) - 1;
	*word |= (uint64_t)(mask & 0xff) << n % 64;
	b->count += (uint64_t)__builtin_popcountll(*word ^ was);
}

uint64_t bits_next(const struct bits *b, uint64_t from)
{
	uint64_t i = from / 64;
	uint64_t word;

	if (from >= b->nr)
		return b->nr;
	word = b->words[i] & ~0ull << from % 64;
	while (!word) {
		if (++i > b->nr / 64)
			return b->nr;
		word = b->words[i];
	}
	return i * 64 + (uint64_t)__builtin_ctzll(word);
}

uint64_t bits_next_gap(const struct bits *b, uint64_t from)
{
	uint64_t i = from / 64;
	uint64_t word, gap;

	if (from >= b->nr)
		return b->nr;
	word = ~b->words[i] & ~0ull << from % 64;
	while (!word) {
		if (++i > b->nr / 64)
			return b->nr;
		word = ~b->words[i];
	}
	gap = i * 64 + (uint64_t)__builtin_ctzll(word);
	return gap < b->nr ? gap : b->nr;
}

void bits_clear(struct bits *b)
{
	if (b->count)
		memset(b->words, 0, (b->nr / 64 + 1) * sizeof(*b->words));
	b->count = 0;
}
