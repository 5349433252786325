/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/rmap_regions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static int compare(const void *a, const void *b)
{
	const struct thin_rmap_region *x = a, *y = b;

	return (x->begin > y->begin) - (x->begin < y->begin);
}

/* Of sorted ranges: makes one of those that meet. */
static void join(struct rmap_regions *r)
{
	size_t to = 0;

	for (size_t i = 1; i < r->nr; i++) {
		if (r->all[i].begin > r->all[to].end)
			r->all[++to] = r->all[i];
		else if (r->all[i].end > r->all[to].end)
			r->all[to].end = r->all[i].end;
	}
	if (r->nr)
		r->nr = to + 1;
}

int rmap_regions_init(struct rmap_regions *r, const struct thin_rmap_region *from, size_t nr)
{
	*r = (struct rmap_regions){ .nr = nr };
	for (size_t i = 0; i < nr; i++)
		if (from[i].begin >= from[i].end)
			return -EINVAL;
	r->all = alloc_array(nr, sizeof(*r->all));
	if (!r->all)
		return -ENOMEM;
	if (nr)
		memcpy(r->all, from, nr * sizeof(*from));
	qsort(r->all, nr, sizeof(*r->all), compare);
	join(r);
	return 0;
}

void rmap_regions_exit(struct rmap_regions *r)
{
	free(r->all);
}

bool rmap_regions_has(const struct rmap_regions *r, uint64_t block)
{
	size_t low = 0, high = r->nr;

	/* Most blocks are in none of few regions. */
	if (!high || block < r->all[0].begin || block >= r->all[high - 1].end)
		return false;
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (r->all[mid].begin <= block)
			low = mid;
		else
			high = mid;
	}
	return block < r->all[low].end;
}
