/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/solve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sorted.h"

/* Cells of the largest table. */
#define MOST_CELLS (1u << 23)
/* For more holes than that tables are smaller. */
#define MANY 64u

/* The best that some of the items can be, with a given sum. */
struct cell {
	int32_t worth;			/* -1: there is no such choice */
	uint8_t ways;			/* how many there are; 255 and more */
};

static int compare_items(const void *a, const void *b)
{
	const struct solve_item *x = a, *y = b;

	if (x->last != y->last)
		return x->last < y->last ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return (x->name > y->name) - (x->name < y->name);
}

/* How many items end before item @i begins. */
static size_t nr_before(const struct solve *s, size_t i)
{
	return sorted_find(s->items, last, i, s->items[i].first);
}

static void sum_up(struct solve *s)
{
	s->sum = s->worth = 0;
	for (size_t i = 0; i < s->nr; i++) {
		if (!s->items[i].chosen)
			continue;
		s->sum += s->items[i].nr;
		s->worth += s->items[i].worth;
	}
	s->exact = s->sum == s->wanted;
}

/* Whatever the sum is. */
static int choose_worthiest(struct solve *s, const size_t *before)
{
	uint64_t *best = alloc_array(s->nr + 1, sizeof(*best));

	if (!best)
		return -ENOMEM;
	for (size_t i = 0; i < s->nr; i++) {
		uint64_t with = best[before[i]] + s->items[i].worth;

		best[i + 1] = with > best[i] ? with : best[i];
	}
	for (size_t i = s->nr; i;) {
		bool chosen = best[i] != best[i - 1];

		s->items[i - 1].chosen = chosen;
		i = chosen ? before[i - 1] : i - 1;
	}
	free(best);
	sum_up(s);
	return 0;
}

static void drop_cheapest(struct solve *s)
{
	while (s->sum > s->wanted) {
		struct solve_item *cheapest = NULL;

		for (size_t i = 0; i < s->nr; i++)
			if (s->items[i].chosen &&
			    (!cheapest || s->items[i].worth < cheapest->worth))
				cheapest = &s->items[i];
		cheapest->chosen = false;
		s->sum -= cheapest->nr;
		s->worth -= cheapest->worth;
	}
	s->exact = s->sum == s->wanted;
}

static void fill_row(struct cell *row, const struct cell *without, const struct cell *with,
		     const struct solve_item *item, uint64_t wanted)
{
	for (uint64_t sum = 0; sum <= wanted; sum++) {
		const struct cell *w = sum >= item->nr ? &with[sum - item->nr] : NULL;
		int32_t worth = w && w->worth >= 0 ? w->worth + (int32_t)item->worth : -1;
		unsigned ways = without[sum].ways + (worth >= 0 ? w->ways : 0u);

		row[sum].worth = worth > without[sum].worth ? worth : without[sum].worth;
		row[sum].ways = ways < UINT8_MAX ? (uint8_t)ways : UINT8_MAX;
	}
}

/* The sum that is worth the most; the exact one may cost a little. */
static uint64_t choose_sum(struct solve *s, const struct cell *row)
{
	uint64_t best = 0;

	for (uint64_t sum = 1; sum <= s->wanted; sum++)
		if (row[sum].worth >= row[best].worth)
			best = sum;
	if (row[s->wanted].worth >= 0 && !s->only_most &&
	    row[s->wanted].worth + (int64_t)s->slack >= row[best].worth)
		best = s->wanted;
	s->unique = best == s->wanted && row[best].ways == 1;
	return best;
}

static void trace_back(struct solve *s, const struct cell *table, const size_t *before,
		       uint64_t sum)
{
	uint64_t len = s->wanted + 1;

	for (size_t i = 0; i < s->nr; i++)
		s->items[i].chosen = false;
	for (size_t i = s->nr; i;) {
		if (table[i * len + sum].worth == table[(i - 1) * len + sum].worth) {
			i--;
			continue;
		}
		s->items[i - 1].chosen = true;
		sum -= s->items[i - 1].nr;
		i = before[i - 1];
	}
}

static int choose_by_sum(struct solve *s, const size_t *before)
{
	uint64_t len = s->wanted + 1;
	struct cell *table = alloc_array((s->nr + 1) * len, sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (uint64_t sum = 0; sum < len; sum++)
		table[sum] = (struct cell){ sum ? -1 : 0, !sum };
	for (size_t i = 0; i < s->nr; i++)
		fill_row(table + (i + 1) * len, table + i * len, table + before[i] * len,
			 &s->items[i], s->wanted);
	trace_back(s, table, before, choose_sum(s, table + s->nr * len));
	free(table);
	sum_up(s);
	return 0;
}

int solve_run(struct solve *s)
{
	size_t *before = alloc_array(s->nr, sizeof(*before));
	int r = before ? 0 : -ENOMEM;

	s->unique = s->exact = false;
	if (s->nr)
		qsort(s->items, s->nr, sizeof(*s->items), compare_items);
	for (size_t i = 0; i < s->nr && !r; i++)
		before[i] = nr_before(s, i);
	r = r ? r : choose_worthiest(s, before);
	if (!r && s->wanted < MOST_CELLS &&
	    (s->nr + 1) * (s->wanted + 1) <= MOST_CELLS / (1 + s->nr_others / MANY))
		r = choose_by_sum(s, before);
	else if (!r)
		drop_cheapest(s);
	free(before);
	return r;
}
