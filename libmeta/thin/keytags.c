/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/keytags.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"

int keytags_init(struct keytags *t, uint64_t nr_blocks)
{
	int r;

	*t = (struct keytags){ .nr = 0 };
	r = bits_init(&t->several, nr_blocks);
	pthread_mutex_init(&t->lock, NULL);
	t->suspects = alloc_array(2 * KEYTAGS_SUSPECTS, sizeof(*t->suspects));
	return r || !t->suspects ? -ENOMEM : 0;
}

int keytags_begin(struct keytags *t)
{
	uint64_t nr_words = t->several.nr / 64 + 1;

	t->before = alloc_array(nr_words, sizeof(*t->before));
	if (!t->before)
		return -ENOMEM;
	for (uint64_t i = 0; i < nr_words; i++) {
		if (t->nr)
			t->before[i] = (uint32_t)t->nr;
		t->nr += keytags_popcount(t->several.words[i]);
	}
	t->tags = alloc_array(t->nr, sizeof(*t->tags));
	return t->tags ? 0 : -ENOMEM;
}

void keytags_exit(struct keytags *t)
{
	if (t->suspects)
		pthread_mutex_destroy(&t->lock);
	bits_exit(&t->several);
	free(t->before);
	free(t->tags);
	free(t->suspects);
	*t = (struct keytags){ .nr = 0 };
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
