/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/shelf.h"

#include <string.h>

#include "base/alloc.h"
#include "io/stream.h"
#include "thin/leaves.h"

enum {
	ROOM = 8 << 20,		/* bytes of runs */
	FIRST = 4096,		/* leaves that ROOM is enough for, whatever is in them */
	SCATTERED = 2,		/* times as many blocks as there are leaves in between */
};

/* What is looked at ahead. */
struct look {
	struct bits wanted;
	uint64_t nr;
	uint64_t spread;	/* blocks that the batches reach over, together */
	uint32_t low, high;	/* of the last batch */
};

void shelf_init(struct shelf *s, const struct forest *f, uint64_t nr_data_blocks,
		pthread_mutex_t *lock)
{
	*s = (struct shelf){
		.forest = f, .nr_data_blocks = nr_data_blocks, .lock = lock, .left = UINT64_MAX,
		.most = FIRST,
	};
	spool_init(&s->spool, NULL, 0);
}

void shelf_exit(struct shelf *s)
{
	spool_exit(&s->spool);
	free(s->places);
}

/* The runs of a leaf, if all of them may be told. */
static int put(struct shelf *s, const struct node *n, struct shelf_place *to)
{
	uint64_t begin, end;
	bool strays = false;
	int r = spool_begin(&s->spool, &begin), ended;

	for (uint32_t i = 0; i < n->nr_entries && !r && !strays; i++) {
		uint64_t value = node_value64(n, i);
		struct thin_run run = {
			.thin_begin = node_key(n, i), .data_begin = thin_mapping_block(value),
			.length = 1, .time = thin_mapping_time(value),
		};

		strays = run.data_begin >= s->nr_data_blocks;
		if (!strays)
			r = spool_add_run(&s->spool, &run);
	}
	ended = spool_end(&s->spool, &end);
	s->used = end;
	if (!r && !ended && !strays)
		*to = (struct shelf_place){ (uint32_t)begin, (uint32_t)end };
	return r ? r : ended;
}

/* Its place has the index of the leaf in begin. */
static int put_leaf(void *arg, unsigned worker, uint64_t where, const void *block, int error)
{
	struct shelf *s = arg;
	struct fault f;
	struct node n;
	int r = 0;

	(void)worker;
	/* A disk that fails is not asked for more than those who wait need. */
	if (!block)
		return error;
	if (forest_judge_leaf(s->forest, s->places[where].begin, block, 0, &n, &f))
		return 0;
	pthread_mutex_lock(s->lock);
	if (s->used < ROOM)
		r = put(s, &n, &s->places[where]);
	if (s->progress && s->places[where].end)
		__atomic_fetch_add(s->progress, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(s->lock);
	return r;
}

static void want(struct shelf *s, struct look *l, uint32_t index)
{
	uint32_t block = s->forest->leaves[index].block;

	if (l->nr++ % LEAVES_MAX == 0) {
		l->spread += l->high - l->low;
		l->low = l->high = block;
	}
	if (block < l->low)
		l->low = block;
	if (block > l->high)
		l->high = block;
	s->places[block].begin = index;
	bits_add(&l->wanted, block);
}

static void look_ahead(struct shelf *s, struct look *l, struct script ahead)
{
	struct script_step step;

	s->left = UINT64_MAX;
	while (script_next(&ahead, &step)) {
		if (step.kind != SCRIPT_LEAF)
			continue;
		want(s, l, step.value);
		if (l->nr == s->most) {
			s->left = l->nr;
			return;
		}
	}
}

/* As many as would have filled it, but not quite. */
static void choose_most(struct shelf *s, uint64_t nr)
{
	if (s->used)
		s->most = ROOM / 8 * 7 * nr / s->used;
	if (s->most < FIRST)
		s->most = FIRST;
}

void shelf_fill(struct shelf *s, const struct script *script)
{
	const struct forest *f = s->forest;
	struct stream stream = { .engine = f->engine, .nr_threads = f->nr_threads };
	struct look l = { .nr = 0 };

	s->left = UINT64_MAX;
	if (!f->engine->direct)
		return;
	shelf_exit(s);
	spool_init(&s->spool, NULL, 0);
	s->used = 0;
	s->places = alloc_array(f->nr_blocks, sizeof(*s->places));
	if (s->places && !bits_init(&l.wanted, f->nr_blocks)) {
		look_ahead(s, &l, *script);
		/* What cannot be kept is read by those who want it. */
		if (l.spread + l.high - l.low > SCATTERED * l.nr)
			(void)stream_visit(&stream, &l.wanted, put_leaf, s);
	}
	bits_exit(&l.wanted);
	choose_most(s, l.nr);
}

int shelf_read(struct shelf *s, uint32_t index, const struct thin_emit *emit, void *arg)
{
	const struct shelf_place *p = &s->places[s->forest->leaves[index].block];

	return spool_read(&s->spool, p->begin, p->end, emit, arg);
}
