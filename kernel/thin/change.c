// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes of mappings: a range is locked, what must be over is waited for, the
 * next step is taken, and in the end the range is unlocked.
 *
 * Only the worker begins, steps and ends; ms_change_put() may come from
 * anywhere, interrupts included.
 */
#include "pool.h"

static atomic_t *busy_counter(struct ms_thin *thin, u64 begin, u64 end)
{
	if (end - begin == 1)
		return &thin->traffic->busy[begin % MS_BUSY_SLOTS];
	return &thin->traffic->busy_ranges;
}

/* May be true for a block that is not; never false for one that is. */
bool ms_is_busy(struct ms_traffic *traffic, u64 block)
{
	return atomic_read(&traffic->busy[block % MS_BUSY_SLOTS]) ||
	       atomic_read(&traffic->busy_ranges);
}

static struct ms_change *take_spare(struct ms_pool *pool)
{
	if (!pool->spare)
		pool->spare = mempool_alloc(&pool->changes, GFP_NOWAIT);
	return pool->spare;
}

struct ms_change *ms_change_begin(struct ms_thin *thin, u64 begin, u64 end, struct bio *bio)
{
	struct ms_pool *pool = thin->pool;
	struct dm_cell_key key = {
		.virtual = 1, .dev = thin->id, .block_begin = begin, .block_end = end,
	};
	struct ms_change *c = take_spare(pool);
	struct dm_bio_prison_cell *cell;

	if (!c)
		return ERR_PTR(-ENOMEM);
	if (dm_bio_detain(pool->prison, &key, bio, &c->cell, &cell))
		return NULL;

	pool->spare = NULL;
	INIT_LIST_HEAD(&c->list);
	INIT_LIST_HEAD(&c->quiesced);
	INIT_LIST_HEAD(&c->claim);
	c->thin = thin;
	c->begin = begin;
	c->end = end;
	c->breaks_sharing = false;
	c->filler = NULL;
	atomic_set(&c->waits, 1);
	c->status = 0;
	c->at = begin;
	c->nr_runs = 0;
	atomic_inc(busy_counter(thin, begin, end));
	return c;
}

void ms_change_end(struct ms_change *c, struct bio_list *bios)
{
	struct ms_pool *pool = c->thin->pool;

	atomic_dec(busy_counter(c->thin, c->begin, c->end));
	dm_cell_release(pool->prison, &c->cell, bios);
	if (pool->spare)
		mempool_free(c, &pool->changes);
	else
		pool->spare = c;
}

void ms_change_put(struct ms_change *c)
{
	struct ms_pool *pool = c->thin->pool;
	unsigned long flags;

	if (!atomic_dec_and_test(&c->waits))
		return;
	spin_lock_irqsave(&pool->lock, flags);
	list_add_tail(&c->list, &pool->ready);
	ms_pool_wake(pool);	/* before the worker can end the change, and all with it */
	spin_unlock_irqrestore(&pool->lock, flags);
}

void ms_change_run(struct ms_change *c)
{
	if (atomic_dec_and_test(&c->waits))
		c->next(c);
}

void ms_change_quiesce(struct ms_change *c)
{
	atomic_inc(&c->waits);
	if (!ms_traffic_wait(c->thin->traffic, &c->quiesced))
		atomic_dec(&c->waits);	/* not the last: the caller has one */
}

int ms_change_count(struct ms_change *c, int (*count)(struct ms_md *md, u64 begin, u64 end))
{
	unsigned int i;
	int r = 0;

	for (i = 0; i < c->nr_runs && !r; i++)
		r = count(c->thin->pool->md, c->runs[i].data, c->runs[i].data + c->runs[i].len);
	return r;
}

void ms_change_claim(struct ms_change *c)
{
	list_add(&c->claim, &c->thin->pool->claims);
}

void ms_change_unclaim(struct ms_change *c)
{
	list_del_init(&c->claim);
}

int ms_claims_count(struct ms_pool *pool, int (*count)(struct ms_md *md, u64 begin, u64 end))
{
	struct ms_change *c;
	int r = 0;

	list_for_each_entry(c, &pool->claims, claim) {
		r = ms_change_count(c, count);
		if (r)
			break;
	}
	return r;
}
