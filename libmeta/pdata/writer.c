/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdata/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pdata/block.h"

enum {
	BATCH = 256,		/* blocks in one request: 1 MiB */
};

struct writer_batch {
	uint64_t first;		/* where; the others follow */
	size_t nr;
	uint32_t salts[BATCH];
	char *blocks;
};

static uint64_t device_end(const struct engine *e)
{
	uint64_t nr = engine_nr_blocks(e);

	return nr < META_MAX_BLOCKS ? nr : META_MAX_BLOCKS;
}

int writer_init(struct writer *w, struct engine *e, struct refs *refs, uint64_t begin, bool dry)
{
	*w = (struct writer){
		.engine = e, .refs = refs, .next = begin, .dry = dry,
		.end = dry ? UINT64_MAX : device_end(e),
	};
	w->batch = calloc(1, sizeof(*w->batch));
	if (!w->batch)
		return -ENOMEM;
	w->batch->blocks = alloc_blocks(BATCH);
	if (!w->batch->blocks) {
		writer_exit(w);
		return -ENOMEM;
	}
	return 0;
}

void writer_exit(struct writer *w)
{
	if (w->batch)
		free(w->batch->blocks);
	free(w->batch);
	w->batch = NULL;
}

static char *block_of(const struct writer_batch *b, size_t i)
{
	return b->blocks + i * META_BLOCK_SIZE;
}

int writer_finish(struct writer *w)
{
	struct writer_batch *b = w->batch;
	size_t nr = b->nr;

	b->nr = 0;
	if (w->dry || !nr)
		return 0;
	for (size_t i = 0; i < nr; i++)
		block_seal(block_of(b, i), b->first + i, b->salts[i]);
	return engine_write(w->engine, b->blocks, b->first, nr);
}

static void skip_busy(struct writer *w)
{
	while (w->busy && bits_has(w->busy, w->next))
		w->next++;
}

int writer_get(struct writer *w, uint32_t salt, void **block, uint64_t *where)
{
	struct writer_batch *b = w->batch;
	int r;

	skip_busy(w);
	if (w->next >= w->end)
		return -ENOSPC;
	if (b->nr == BATCH || (b->nr && w->next != b->first + b->nr)) {
		r = writer_finish(w);
		if (r)
			return r;
	}
	if (!b->nr)
		b->first = w->next;
	b->salts[b->nr] = salt;
	*block = block_of(b, b->nr++);
	*where = w->next++;
	w->nr_given++;
	return 0;
}

void writer_ref(struct writer *w, uint64_t where)
{
	if (where < w->refs->nr)
		refs_add(w->refs, where, 1);
}

int writer_read(struct writer *w, uint64_t where, void *block)
{
	const struct writer_batch *b = w->batch;

	if (where - b->first >= b->nr)
		return engine_read(w->engine, block, where, 1);
	memcpy(block, block_of(b, (size_t)(where - b->first)), META_BLOCK_SIZE);
	return 0;
}
