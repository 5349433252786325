/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/holes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static size_t list_of(uint64_t length)
{
	return length < HOLES_LONG ? (size_t)length : HOLES_LONG;
}

static void put(struct holes *h, size_t i)
{
	size_t list = list_of(h->all[i].length);

	h->all[i].next = h->first[list];
	h->first[list] = i + 1;
	h->there[list / 64] |= 1ull << list % 64;
	h->words[list / 64 / 64] |= 1ull << list / 64 % 64;
}

/* Takes the first hole out of a list that has one. */
static size_t get(struct holes *h, size_t list)
{
	size_t i = h->first[list] - 1;

	h->first[list] = h->all[i].next;
	if (h->first[list])
		return i;
	h->there[list / 64] &= ~(1ull << list % 64);
	if (!h->there[list / 64])
		h->words[list / 64 / 64] &= ~(1ull << list / 64 % 64);
	return i;
}

/* The shortest list from @list on that is not empty; above HOLES_LONG: none. */
static size_t find_up(const struct holes *h, size_t list)
{
	size_t word = list / 64;
	uint64_t rest = h->there[word] & ~0ull << list % 64;

	if (rest)
		return word * 64 + (size_t)__builtin_ctzll(rest);
	for (word++; word < HOLES_WORDS; word = (word / 64 + 1) * 64) {
		rest = h->words[word / 64] & ~0ull << word % 64;
		if (!rest)
			continue;
		word = word / 64 * 64 + (size_t)__builtin_ctzll(rest);
		return word * 64 + (size_t)__builtin_ctzll(h->there[word]);
	}
	return HOLES_LONG + 1;
}

static size_t find_longest(const struct holes *h)
{
	for (size_t word = HOLES_WORDS; word--;)
		if (h->there[word])
			return word * 64 + 63 - (size_t)__builtin_clzll(h->there[word]);
	return 0;
}

/* Calls @fn for each gap below @end. */
typedef int (*gap_fn)(void *arg, uint64_t begin, uint64_t length);

static int each_gap(const struct bits *taken, uint64_t end, gap_fn fn, void *arg)
{
	uint64_t begin = 0, next;
	int r = 0;

	while (!r) {
		begin = bits_next_gap(taken, begin);
		if (begin >= end)
			break;
		next = bits_next(taken, begin);
		if (next > end)
			next = end;
		r = fn(arg, begin, next - begin);
		begin = next;
	}
	return r;
}

/* How many blocks there are in gaps of each length. */
struct tally {
	uint64_t *blocks;
	uint64_t nr;
};

static int count_gap(void *arg, uint64_t begin, uint64_t length)
{
	struct tally *t = arg;

	(void)begin;
	t->blocks[list_of(length)] += length;
	t->nr += length;
	return 0;
}

/* Gaps longer than @above are all wanted, and @rest blocks in those as long as it. */
struct gathering {
	struct holes *holes;
	uint64_t above;
	uint64_t rest;
};

static int gather_gap(void *arg, uint64_t begin, uint64_t length)
{
	struct gathering *g = arg;
	struct holes *h = g->holes;

	if (list_of(length) < g->above)
		return 0;
	if (list_of(length) == g->above) {
		if (!g->rest)
			return 0;
		g->rest -= length < g->rest ? length : g->rest;
	}
	if (alloc_room(&h->all, &h->room, h->nr, 1, sizeof(*h->all)))
		return -ENOMEM;
	h->all[h->nr++] = (struct hole_range){ .begin = begin, .length = length };
	return 0;
}

static int gather(struct holes *h, const struct bits *taken, uint64_t end, uint64_t nr_blocks,
		  const struct tally *t)
{
	struct gathering g = { .holes = h, .above = HOLES_LONG };
	uint64_t longer = 0;
	int r;

	while (g.above && longer + t->blocks[g.above] < nr_blocks)
		longer += t->blocks[g.above--];
	g.rest = nr_blocks - longer;
	r = each_gap(taken, end, gather_gap, &g);
	/* From behind, so that the lowest comes first in its list. */
	for (size_t i = h->nr; i-- && !r;)
		put(h, i);
	return r;
}

int holes_init(struct holes *h, const struct bits *taken, uint64_t end, uint64_t nr_blocks,
	       uint64_t *nr_free)
{
	struct tally t = { .nr = 0 };
	int r = -ENOMEM;

	memset(h, 0, sizeof(*h));
	h->first = alloc_array(HOLES_LONG + 1, sizeof(*h->first));
	t.blocks = alloc_array(HOLES_LONG + 1, sizeof(*t.blocks));
	if (h->first && t.blocks)
		r = each_gap(taken, end, count_gap, &t);
	*nr_free = t.nr;
	if (!r && t.nr < nr_blocks)
		r = -ENOSPC;
	if (!r && nr_blocks)
		r = gather(h, taken, end, nr_blocks, &t);
	free(t.blocks);
	return r;
}

void holes_exit(struct holes *h)
{
	free(h->all);
	free(h->first);
}

uint64_t holes_take(struct holes *h, uint64_t length, uint64_t *begin)
{
	size_t list = find_up(h, list_of(length));
	struct hole_range *hole;
	size_t i;

	if (list > HOLES_LONG)
		list = find_longest(h);
	i = get(h, list);
	hole = &h->all[i];
	*begin = hole->begin;
	if (hole->length <= length)
		return hole->length;
	hole->begin += length;
	hole->length -= length;
	put(h, i);
	return length;
}
