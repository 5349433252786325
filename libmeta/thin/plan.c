/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crc32c.h"

void plan_sums(const void *block, uint32_t sums[PLAN_SECTORS])
{
	for (unsigned i = 0; i < PLAN_SECTORS; i++)
		sums[i] = crc32c(~0u, (const char *)block + i * 512, 512);
}

static int note(struct plan *p, const struct plan_block *b)
{
	if (alloc_room(&p->blocks, &p->room, p->nr, 1, sizeof(*p->blocks)))
		return -ENOMEM;
	p->blocks[p->nr++] = *b;
	return 0;
}

/* Whoever does something else now than before must not go on. */
static int hold(struct plan *p, const struct plan_block *b)
{
	const struct plan_block *want = &p->blocks[p->next];

	if (p->next == p->nr || want->where != b->where ||
	    memcmp(want->sums, b->sums, sizeof(b->sums)))
		return -EIO;
	p->next++;
	return 0;
}

static int plan_write(struct engine *e, const void *data, size_t len, uint64_t offset)
{
	struct plan *p = (struct plan *)e;
	int r = 0;

	for (size_t at = 0; at < len && !r; at += META_BLOCK_SIZE) {
		struct plan_block b = { .where = (offset + at) / META_BLOCK_SIZE };

		plan_sums((const char *)data + at, b.sums);
		r = p->has_begun ? hold(p, &b) : note(p, &b);
	}
	return r || !p->has_begun ? r : p->below->ops->write(p->below, data, len, offset);
}

static int plan_read(struct engine *e, void *data, size_t len, uint64_t offset)
{
	struct plan *p = (struct plan *)e;

	return p->below->ops->read(p->below, data, len, offset);
}

static int plan_flush(struct engine *e)
{
	struct plan *p = (struct plan *)e;

	return p->has_begun ? engine_flush(p->below) : 0;
}

static int plan_close(struct engine *e)
{
	(void)e;
	return 0;
}

static const struct engine_ops plan_ops = {
	.read = plan_read, .write = plan_write, .flush = plan_flush, .close = plan_close,
};

void plan_init(struct plan *p, struct engine *below)
{
	*p = (struct plan){ .below = below };
	p->engine = (struct engine){
		.ops = &plan_ops, .size = below->size, .direct = below->direct,
	};
}

void plan_exit(struct plan *p)
{
	free(p->blocks);
}

void plan_begin(struct plan *p)
{
	p->has_begun = true;
}
