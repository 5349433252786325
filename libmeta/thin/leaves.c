/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/leaves.h"

#include <stdlib.h>

#include "base/alloc.h"

enum {
	BUFFER = 2 * LEAVES_MAX,	/* blocks, so that gaps may be read along */
	GAP_CACHED = 2,
	GAP_DISK = 32,
	/* What a disk likes in one go is more than a processor's cache does. */
	MOST_CACHED = 64,
	MOST_DISK = LEAVES_MAX,
};

int leaves_init(struct leaves *l, const struct forest *f)
{
	l->forest = f;
	l->most = f->engine->direct ? MOST_DISK : MOST_CACHED;
	l->nr = 0;
	l->buffer = alloc_blocks(BUFFER);
	return l->buffer ? 0 : -ENOMEM;
}

void leaves_exit(struct leaves *l)
{
	free(l->buffer);
	l->buffer = NULL;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Block in the upper half, place in the lower. */
static uint32_t block_of(const struct leaves *l, unsigned i)
{
	return (uint32_t)(l->order[i] >> 32);
}

static unsigned place_of(const struct leaves *l, unsigned i)
{
	return (unsigned)(l->order[i] & UINT32_MAX);
}

/* Often they come in order as they are. */
static void sort(struct leaves *l)
{
	bool sorted = true;

	for (unsigned i = 0; i < l->nr; i++) {
		l->order[i] = (uint64_t)l->forest->leaves[l->index[i]].block << 32 | i;
		sorted = sorted && (!i || l->order[i] > l->order[i - 1]);
	}
	if (!sorted)
		qsort(l->order, l->nr, sizeof(*l->order), compare);
}

/* One block after the other, so that a bad sector costs one block. */
static void read_singly(struct leaves *l, unsigned first, unsigned end, char *to)
{
	for (unsigned i = first; i < end; i++) {
		unsigned place = place_of(l, i);
		char *at = to + (size_t)(block_of(l, i) - block_of(l, first)) * META_BLOCK_SIZE;

		l->error[place] = engine_read(l->forest->engine, at, block_of(l, i), 1);
		l->block[place] = l->error[place] ? NULL : at;
	}
}

static void read_stretch(struct leaves *l, unsigned first, unsigned end, char *to)
{
	size_t nr = block_of(l, end - 1) - block_of(l, first) + 1;

	if (engine_read(l->forest->engine, to, block_of(l, first), nr)) {
		read_singly(l, first, end, to);
		return;
	}
	for (unsigned i = first; i < end; i++)
		l->block[place_of(l, i)] =
			to + (size_t)(block_of(l, i) - block_of(l, first)) * META_BLOCK_SIZE;
}

/* Sorted they are; all at once is what a disk likes best. */
static void announce(const struct leaves *l, unsigned gap)
{
	struct engine *e = l->forest->engine;
	unsigned end;

	if (!l->nr || !engine_is_far(e, block_of(l, l->nr / 2)))
		return;
	for (unsigned first = 0; first < l->nr; first = end) {
		for (end = first + 1; end < l->nr; end++)
			if (block_of(l, end) - block_of(l, end - 1) > 1 + gap)
				break;
		engine_announce(e, block_of(l, first),
				block_of(l, end - 1) - block_of(l, first) + 1);
	}
}

void leaves_read(struct leaves *l)
{
	unsigned gap = l->forest->engine->direct ? GAP_DISK : GAP_CACHED;
	unsigned spare = BUFFER - l->nr;
	char *to = l->buffer;
	unsigned end;

	sort(l);
	announce(l, gap);
	for (unsigned first = 0; first < l->nr; first = end) {
		for (end = first + 1; end < l->nr; end++) {
			uint32_t step = block_of(l, end) - block_of(l, end - 1);

			if (step > 1 + gap || step > spare)
				break;
			spare -= step ? step - 1 : 0;
		}
		read_stretch(l, first, end, to);
		to += (size_t)(block_of(l, end - 1) - block_of(l, first) + 1) * META_BLOCK_SIZE;
	}
}
