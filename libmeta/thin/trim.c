/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "meta/thin_trim.h"

#include <errno.h>
#include <string.h>

#include "io/engine.h"
#include "meta/format.h"
#include "thin/unused.h"

/* So much is discarded at once: a device may need long for it. */
#define AT_ONCE (1ull << 30)

/* The first place at @offset or behind it where a discard may begin and end. */
static uint64_t align_up(const struct engine_discards *d, uint64_t offset)
{
	uint64_t rest;

	if (offset <= d->first)
		return d->first;
	rest = (offset - d->first) % d->granularity;
	return rest ? offset + d->granularity - rest : offset;
}

/* The last one at @offset or before it; 0 if there is none. */
static uint64_t align_down(const struct engine_discards *d, uint64_t offset)
{
	return offset < d->first ? 0 : offset - (offset - d->first) % d->granularity;
}

static void fit(const struct engine_discards *d, uint64_t block_size, struct thin_trim_extent *x)
{
	uint64_t end = align_down(d, x->range.end * block_size);

	x->offset = align_up(d, x->range.begin * block_size);
	x->length = end > x->offset ? end - x->offset : 0;
}

static int discard(struct engine *data, const struct engine_discards *d,
		   const struct thin_trim_extent *x)
{
	uint64_t most = AT_ONCE / d->granularity * d->granularity;
	uint64_t done = 0;
	int r = 0;

	if (!most)
		most = d->granularity;
	while (done < x->length && !r) {
		uint64_t len = x->length - done;

		if (len > most)
			len = most;
		r = engine_discard(data, x->offset + done, len);
		done += len;
	}
	return r;
}

static void advance(const struct thin_trim_opts *o, const struct thin_trim_extent *x)
{
	if (o->progress)
		__atomic_add_fetch(&o->progress->done, x->range.end - x->range.begin,
				   __ATOMIC_RELAXED);
}

static int trim_all(struct engine *data, const struct thin_unused *u,
		    const struct thin_trim_opts *o, const struct engine_discards *d,
		    struct thin_trim_report *rep)
{
	uint64_t block_size = (uint64_t)u->data_block_size * META_SECTOR_SIZE;
	struct thin_trim_extent x = { .range = { 0, 0 } };
	int r;

	while (thin_unused_next(u, x.range.end, &x.range)) {
		fit(d, block_size, &x);
		if (o->tell)
			o->tell(o->arg, &x);
		r = o->dry_run ? 0 : discard(data, d, &x);
		if (r) {
			rep->failed = x;
			return r;
		}
		rep->nr_ranges += x.length > 0;
		rep->nr_blocks += x.range.end - x.range.begin;
		rep->nr_bytes += x.length;
		advance(o, &x);
	}
	return o->dry_run ? 0 : engine_flush(data);
}

int thin_trim(struct engine *data, const struct thin_unused *u, const struct thin_trim_opts *o,
	      struct thin_trim_report *rep)
{
	struct engine_discards d;
	int r;

	memset(rep, 0, sizeof(*rep));
	if (engine_size(data) / META_SECTOR_SIZE / u->data_block_size < u->used.nr)
		return -ERANGE;
	r = engine_discard_limits(data, &d);
	if (r)
		return r;
	if (!d.possible)
		return -EOPNOTSUPP;
	rep->granularity = d.granularity;
	if (o->progress)
		__atomic_store_n(&o->progress->total, thin_unused_count(u), __ATOMIC_RELAXED);
	return trim_all(data, u, o, &d, rep);
}
