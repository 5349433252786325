/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/keytags.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"

#define GROUP		64u

static int count_marks(struct keytags *t)
{
	uint64_t nr_groups = t->refs->nr / GROUP + 1;

	t->before = alloc_array(nr_groups, sizeof(*t->before));
	if (!t->before)
		return -ENOMEM;
	for (uint64_t g = 0; g < nr_groups; g++) {
		t->before[g] = (uint32_t)t->nr_marked;
		t->nr_marked += refs_marked_below(t->refs, g, (g + 1) * GROUP);
	}
	return 0;
}

int keytags_init(struct keytags *t, const struct refs *refs)
{
	int r;

	*t = (struct keytags){ .refs = refs };
	pthread_mutex_init(&t->lock, NULL);
	t->suspects = alloc_array(2 * KEYTAGS_SUSPECTS, sizeof(*t->suspects));
	r = t->suspects ? count_marks(t) : -ENOMEM;
	if (r)
		return r;
	t->tags = alloc_array(t->nr_marked, sizeof(*t->tags));
	return t->tags ? 0 : -ENOMEM;
}

void keytags_exit(struct keytags *t)
{
	if (t->refs)
		pthread_mutex_destroy(&t->lock);
	free(t->before);
	free(t->tags);
	free(t->suspects);
	*t = (struct keytags){ .refs = NULL };
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void sort(struct keytags *t)
{
	uint32_t to = 0;

	if (!t->nr_suspects)
		return;
	qsort(t->suspects, t->nr_suspects, sizeof(*t->suspects), compare);
	for (uint32_t i = 1; i < t->nr_suspects; i++)
		if (t->suspects[i] != t->suspects[to])
			t->suspects[++to] = t->suspects[i];
	t->nr_suspects = to + 1 < KEYTAGS_SUSPECTS ? to + 1 : KEYTAGS_SUSPECTS;
}

void keytags_sort(struct keytags *t)
{
	sort(t);
}

void keytags_suspect(struct keytags *t, uint64_t block)
{
	pthread_mutex_lock(&t->lock);
	if (t->nr_suspects == 2 * KEYTAGS_SUSPECTS)
		sort(t);
	t->suspects[t->nr_suspects++] = block;
	pthread_mutex_unlock(&t->lock);
}

uint64_t keytags_index(const struct keytags *t, uint64_t block)
{
	uint64_t group = block / GROUP;

	return t->before[group] + refs_marked_below(t->refs, group, block);
}

void keytags_change(struct keytags *t, uint64_t index, uint64_t block, uint16_t tag)
{
	uint16_t *at = &t->tags[index];
	uint16_t old = __atomic_load_n(at, __ATOMIC_RELAXED);
	unsigned both;

	/* 0 is a block that was not seen yet; else the first address stays. */
	do {
		both = old ? old | (tag & ~KEYTAG_HASH) : tag;
	} while (both != old &&
		 !__atomic_compare_exchange_n(at, &old, (uint16_t)both, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	if (!old)
		return;
	if ((old ^ tag) & KEYTAG_HASH || (old & tag & KEYTAG_LIVE && both & KEYTAG_LATE))
		keytags_suspect(t, block);
}
