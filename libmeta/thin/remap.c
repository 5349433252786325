/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/remap.h"

static bool follows(const struct thin_run *a, const struct thin_run *b)
{
	return a->thin_begin + a->length == b->thin_begin &&
	       a->data_begin + a->length == b->data_begin && a->time == b->time;
}

/* All that wait but the last @nr_kept, which may grow. */
static int hand_on(struct remap *m, size_t nr_kept)
{
	size_t nr = m->nr - nr_kept;
	int r = nr ? m->emit->runs(m->arg, m->runs, nr) : 0;

	if (nr && nr_kept)
		m->runs[0] = m->runs[nr];
	m->nr_runs += nr;
	m->nr = nr_kept;
	return r;
}

static inline int add(struct remap *m, const struct thin_run *run)
{
	int r = 0;

	if (m->nr && follows(&m->runs[m->nr - 1], run)) {
		m->runs[m->nr - 1].length += run->length;
		return 0;
	}
	if (m->nr == REMAP_RUNS)
		r = hand_on(m, 1);
	m->runs[m->nr++] = *run;
	return r;
}

/* What comes first of @rest and is in one piece where it goes. */
static struct thin_run cut(const struct remap *m, const struct thin_run *rest)
{
	struct thin_run piece = *rest;
	uint64_t limit = m->moves->limit, room;

	if (rest->data_begin < limit) {
		room = limit - rest->data_begin;
	} else {
		const struct move *move = moves_find(m->moves, rest->data_begin);
		uint64_t skip = rest->data_begin - move->from;

		piece.data_begin = move->to + skip;
		room = move->length - skip;
	}
	if (piece.length > room)
		piece.length = room;
	return piece;
}

static int runs(void *arg, const struct thin_run *run, size_t nr)
{
	struct remap *m = arg;
	int r = 0;

	m->nr_heard += nr;
	for (size_t i = 0; i < nr && !r; i++) {
		struct thin_run rest = run[i];

		while (rest.length && !r) {
			struct thin_run piece = cut(m, &rest);

			r = add(m, &piece);
			rest.thin_begin += piece.length;
			rest.data_begin += piece.length;
			rest.length -= piece.length;
		}
	}
	return r;
}

static int pool_begin(void *arg, const struct thin_pool *pool)
{
	struct remap *m = arg;
	struct thin_pool smaller = *pool;

	smaller.nr_data_blocks = m->moves->limit;
	m->nr_heard = m->nr_runs = 0;
	m->nr = 0;
	return m->emit->pool_begin(m->arg, &smaller);
}

static int pool_end(void *arg)
{
	struct remap *m = arg;

	return m->emit->pool_end(m->arg);
}

static int def_begin(void *arg, uint64_t id)
{
	struct remap *m = arg;

	return m->emit->def_begin(m->arg, id);
}

static int def_end(void *arg)
{
	struct remap *m = arg;
	int r = hand_on(m, 0);

	return r ? r : m->emit->def_end(m->arg);
}

static int device_begin(void *arg, const struct thin_device *device)
{
	struct remap *m = arg;

	return m->emit->device_begin(m->arg, device);
}

static int device_end(void *arg)
{
	struct remap *m = arg;
	int r = hand_on(m, 0);

	return r ? r : m->emit->device_end(m->arg);
}

static int ref(void *arg, uint64_t id)
{
	struct remap *m = arg;
	int r = hand_on(m, 0);

	return r ? r : m->emit->ref(m->arg, id);
}

const struct thin_emit remap_emit = {
	.pool_begin = pool_begin,
	.def_begin = def_begin,
	.def_end = def_end,
	.device_begin = device_begin,
	.device_end = device_end,
	.ref = ref,
	.runs = runs,
	.pool_end = pool_end,
};
