/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/suspects.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sorted.h"
#include "thin/reach.h"

/* So many mappings of suspects are kept; enough to tell what is wrong. */
#define MAX_HITS 65536u

struct hit {
	uint64_t where;			/* the leaf */
	uint64_t key;
	uint32_t suspect;		/* index in keytags.suspects */
	uint32_t time;
};

struct look {
	struct walk *walk;
	struct keytags *tags;
	pthread_mutex_t lock;
	struct hit *hits;
	uint32_t nr_hits;
	/* For one device: how often it reaches each suspect, and where first. */
	uint32_t *times;
	const struct hit **first;
};

static int compare_blocks(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void add_hit(struct look *l, const struct hit *hit)
{
	pthread_mutex_lock(&l->lock);
	if (l->nr_hits < MAX_HITS)
		l->hits[l->nr_hits++] = *hit;
	pthread_mutex_unlock(&l->lock);
}

static int look_at_leaf(void *arg, unsigned worker, uint64_t where, const void *block, int error)
{
	struct look *l = arg;
	const uint64_t *suspects = l->tags->suspects;
	struct fault f;
	struct node n;

	(void)worker;
	if (error || node_parse(&n, block, where, sizeof(__le64), &f))
		return 0;
	for (uint32_t i = 0; i < n.nr_entries; i++) {
		uint64_t mapping = node_value64(&n, i);
		uint64_t data = thin_mapping_block(mapping);
		const uint64_t *s = bsearch(&data, suspects, l->tags->nr_suspects,
					    sizeof(*suspects), compare_blocks);

		if (s)
			add_hit(l, &(struct hit){ where, node_key(&n, i), (uint32_t)(s - suspects),
						  thin_mapping_time(mapping) });
	}
	return 0;
}

static int compare_hits(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->where != y->where)
		return x->where < y->where ? -1 : 1;
	return (x->key > y->key) - (x->key < y->key);
}

static int find_hits(struct look *l)
{
	struct bits leaves;
	int r = bits_init(&leaves, l->walk->nr_blocks);

	if (r)
		return r;
	for (uint64_t where = 0; where < l->walk->nr_blocks; where++)
		if (walk_is(l->walk, where, KIND_MAPPING, 0) && !bits_has(&l->walk->lost, where))
			bits_add(&leaves, where);
	r = stream_visit(&l->walk->stream, &leaves, look_at_leaf, l);
	bits_exit(&leaves);
	if (l->nr_hits)
		qsort(l->hits, l->nr_hits, sizeof(*l->hits), compare_hits);
	return r;
}

static bool is_live(const struct look *l, const struct hit *hit)
{
	return l->walk->spans[hit->where].owner & OWNER_LIVE;
}

/* Whether a device takes for its own what at least two live leaves name. */
static bool is_taken(const struct look *l, const struct hit *hit)
{
	return is_live(l, hit) && l->times[hit->suspect] >= 2 &&
	       hit->time >= l->walk->spans[hit->where].least;
}

/* Hits @i and on that follow each other in one leaf; returns how many. */
static uint32_t report_taken(struct look *l, uint32_t i)
{
	const struct hit *hit = &l->hits[i];
	const struct walk_span *span = &l->walk->spans[hit->where];
	uint32_t nr = 1, time = hit->time;
	struct fault f;

	while (i + nr < l->nr_hits && hit[nr].where == hit->where &&
	       hit[nr].key == hit->key + nr && is_taken(l, &hit[nr])) {
		time = hit[nr].time > time ? hit[nr].time : time;
		nr++;
	}
	fault(&f, FAULT_MAPPING_SHARED, hit->where, l->tags->suspects[hit->suspect], time);
	f.kind = KIND_MAPPING;
	f.dev_id = span->owner & OWNER_ID;
	f.shared = span->owner & OWNER_MANY;
	f.begin = hit->key;
	f.end = hit->key + nr;
	fault_sink_add(l->walk->sink, &f);
	return nr;
}

static void judge_shared(struct look *l)
{
	memset(l->times, 0, l->tags->nr_suspects * sizeof(*l->times));
	for (uint32_t i = 0; i < l->nr_hits; i++)
		l->times[l->hits[i].suspect] += is_live(l, &l->hits[i]);
	for (uint32_t i = 0; i < l->nr_hits;)
		i += is_taken(l, &l->hits[i]) ? report_taken(l, i) : 1;
}

/* The first hit in leaf @where; there is one. */
static uint32_t first_hit(const struct look *l, uint64_t where)
{
	return (uint32_t)sorted_find(l->hits, where, l->nr_hits, where);
}

static int reaches(void *arg, uint64_t where, uint64_t begin, uint64_t end)
{
	struct look *l = arg;

	(void)begin;
	(void)end;
	for (uint32_t i = first_hit(l, where); i < l->nr_hits && l->hits[i].where == where; i++) {
		const struct hit *hit = &l->hits[i];

		if (!l->times[hit->suspect]++)
			l->first[hit->suspect] = hit;
	}
	return 0;
}

static void judge_device(struct look *l, uint64_t dev_id)
{
	struct fault f;

	for (uint32_t s = 0; s < l->tags->nr_suspects; s++) {
		if (l->times[s] < 2)
			continue;
		fault(&f, FAULT_MAPPING_TWICE, l->first[s]->where, l->tags->suspects[s],
		      l->times[s]);
		f.kind = KIND_MAPPING;
		f.dev_id = (uint32_t)dev_id;
		f.begin = l->first[s]->key;
		f.end = f.begin + 1;
		fault_sink_add(l->walk->sink, &f);
	}
}

static int judge_devices(struct look *l, const struct roster *roster)
{
	struct bits wanted;
	struct reach reach = { .walk = l->walk, .wanted = &wanted, .found = reaches, .arg = l };
	int r = bits_init(&wanted, l->walk->nr_blocks);

	for (uint32_t i = 0; i < l->nr_hits && !r; i++)
		bits_add(&wanted, l->hits[i].where);
	r = r ? r : reach_init(&reach);
	for (uint64_t i = 0; i < roster->nr_mappings && !r; i++) {
		const struct roster_mapping *m = &roster->mappings[i];

		memset(l->times, 0, l->tags->nr_suspects * sizeof(*l->times));
		r = reach_root(&reach, m->from, m->root);
		judge_device(l, m->dev_id);
	}
	reach_exit(&reach);
	bits_exit(&wanted);
	return r;
}

int suspects_judge(struct walk *walk, const struct roster *roster, struct keytags *tags)
{
	struct look l = { .walk = walk, .tags = tags };
	int r = -ENOMEM;

	keytags_sort(tags);
	if (!tags->nr_suspects)
		return 0;
	pthread_mutex_init(&l.lock, NULL);
	l.hits = alloc_array(MAX_HITS, sizeof(*l.hits));
	l.times = alloc_array(tags->nr_suspects, sizeof(*l.times));
	l.first = alloc_array(tags->nr_suspects, sizeof(*l.first));
	if (l.hits && l.times && l.first)
		r = find_hits(&l);
	if (!r) {
		judge_shared(&l);
		r = judge_devices(&l, roster);
	}
	pthread_mutex_destroy(&l.lock);
	free(l.hits);
	free(l.times);
	free(l.first);
	return r;
}
