/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/engine.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "meta/format.h"

enum { ZEROES = 256 };	/* blocks that are written at once */

uint64_t engine_size(const struct engine *e)
{
	return e->size;
}

uint64_t engine_nr_blocks(const struct engine *e)
{
	return e->size / META_BLOCK_SIZE;
}

static bool is_inside(const struct engine *e, uint64_t where, uint64_t nr)
{
	uint64_t nr_blocks = engine_nr_blocks(e);

	return where <= nr_blocks && nr <= nr_blocks - where;
}

int engine_read(struct engine *e, void *data, uint64_t where, size_t nr)
{
	if (!is_inside(e, where, nr))
		return -EIO;
	return e->ops->read(e, data, nr * META_BLOCK_SIZE, where * META_BLOCK_SIZE);
}

int engine_write(struct engine *e, const void *data, uint64_t where, size_t nr)
{
	if (!is_inside(e, where, nr))
		return -EIO;
	return e->ops->write(e, data, nr * META_BLOCK_SIZE, where * META_BLOCK_SIZE);
}

int engine_copy(struct engine *e, uint64_t from, uint64_t to, size_t nr)
{
	if (!e->ops->copy)
		return -EOPNOTSUPP;
	if (!is_inside(e, from, nr) || !is_inside(e, to, nr))
		return -EIO;
	return e->ops->copy(e, from * META_BLOCK_SIZE, to * META_BLOCK_SIZE,
			    nr * META_BLOCK_SIZE);
}

uint64_t engine_next_data(struct engine *e, uint64_t where)
{
	uint64_t nr = engine_nr_blocks(e);

	if (where < nr && e->ops->next_data)
		where = e->ops->next_data(e, where * META_BLOCK_SIZE) / META_BLOCK_SIZE;
	return where < nr ? where : nr;
}

static int write_zeroes(struct engine *e, uint64_t where, uint64_t nr)
{
	void *zeroes = alloc_blocks(ZEROES);
	uint64_t n;
	int r = 0;

	if (!zeroes)
		return -ENOMEM;
	memset(zeroes, 0, ZEROES * META_BLOCK_SIZE);
	for (; nr && !r; where += n, nr -= n) {
		n = nr < ZEROES ? nr : ZEROES;
		r = engine_write(e, zeroes, where, (size_t)n);
	}
	free(zeroes);
	return r;
}

int engine_zero(struct engine *e, uint64_t where, uint64_t nr)
{
	if (!is_inside(e, where, nr))
		return -EIO;
	if (!nr)
		return 0;
	if (e->ops->zero && !e->ops->zero(e, nr * META_BLOCK_SIZE, where * META_BLOCK_SIZE))
		return 0;
	return write_zeroes(e, where, nr);
}

bool engine_is_far(struct engine *e, uint64_t where)
{
	return e->ops->is_far && is_inside(e, where, 1) &&
	       e->ops->is_far(e, where * META_BLOCK_SIZE);
}

void engine_announce(struct engine *e, uint64_t where, uint64_t nr)
{
	if (e->ops->announce && is_inside(e, where, nr))
		e->ops->announce(e, where * META_BLOCK_SIZE, nr * META_BLOCK_SIZE);
}

int engine_flush(struct engine *e)
{
	return e->ops->flush(e);
}

int engine_discard_limits(struct engine *e, struct engine_discards *d)
{
	if (e->ops->discard_limits)
		return e->ops->discard_limits(e, d);
	*d = (struct engine_discards){ .possible = false, .granularity = 1 };
	return 0;
}

int engine_discard(struct engine *e, uint64_t offset, uint64_t len)
{
	if (!e->ops->discard)
		return -EOPNOTSUPP;
	if (offset > e->size || len > e->size - offset)
		return -EIO;
	return e->ops->discard(e, offset, len);
}

int engine_close(struct engine *e)
{
	return e ? e->ops->close(e) : 0;
}
