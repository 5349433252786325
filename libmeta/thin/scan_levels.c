/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "io/stream.h"
#include "thin/scan.h"

enum {
	NR_FAMILIES = 3,
};

/* What the children of one node say of it. */
struct vote {
	uint32_t nr[NR_FAMILIES];	/* would do one level below */
	uint32_t nr_other;		/* have fitting keys, but are something else, */
	uint32_t nr_unknown;		/* or may be */
	uint64_t weight, other;		/* entries below the ones, and below the others */
};

static uint8_t families_of(const struct scan_block *b)
{
	return __atomic_load_n(&b->families, __ATOMIC_ACQUIRE);
}

/* Has child @i keys that the node allows? */
static const struct scan_block *fitting(const struct scan *s, const struct node *n, uint32_t i)
{
	uint64_t where = node_value64(n, i);
	const struct scan_block *b;

	if (!where || where >= s->nr_blocks)
		return NULL;
	b = &s->blocks[where];
	if (!b->nr || b->first < node_key(n, i) ||
	    (i + 1 < n->nr_entries && b->last >= node_key(n, i + 1)))
		return NULL;
	return b;
}

static struct vote count_votes(const struct scan *s, const struct node *n)
{
	struct vote v = { .nr_other = 0 };

	for (uint32_t i = 0; i < n->nr_entries; i++) {
		const struct scan_block *b = fitting(s, n, i);
		uint8_t families = b ? families_of(b) : 0;

		if (families && b->height + 1u == s->height) {
			for (unsigned k = 0; k < NR_FAMILIES; k++)
				v.nr[k] += families >> k & 1;
			v.weight += b->nr_below + 1;
		} else if (b && (families || b->inner)) {
			/* One of this height may have been found at this moment. */
			bool known = families && (!b->inner || b->height < s->height);

			v.nr_other++;
			v.nr_unknown += !known;
			v.other += known ? b->nr_below + 1 : 0;
		}
	}
	return v;
}

/* The families that most children are of; 0 if it cannot be said yet. */
static uint8_t elect(const struct scan *s, const struct vote *v)
{
	uint8_t families = 0;
	uint32_t most = 0;

	for (unsigned k = 0; k < NR_FAMILIES; k++) {
		if (v->nr[k] > most) {
			most = v->nr[k];
			families = 0;
		}
		if (most && v->nr[k] == most)
			families |= (uint8_t)(1u << k);
	}
	if (!most || (s->leniency < 2 && v->nr_unknown && most <= v->nr_other))
		return 0;
	/* As many of the one as of the other: then what more depends on. */
	return most > v->nr_other || (s->leniency && v->weight >= v->other) ? families : 0;
}

/* What is below the node, as far as its children are what they should be. */
static void sum_up(const struct scan *s, const struct node *n, uint8_t families,
		   struct scan_block *b)
{
	uint32_t nr = 0;

	b->whole = 1;
	b->top = b->last;
	b->nr_below = 0;
	for (uint32_t i = 0; i < n->nr_entries; i++) {
		const struct scan_block *child = fitting(s, n, i);

		if (!child || !(families_of(child) & families) || child->height + 1u != s->height)
			continue;
		nr++;
		if (!child->whole || (i + 1 < n->nr_entries && child->top >= node_key(n, i + 1)))
			b->whole = 0;
		if (child->top > b->top)
			b->top = child->top;
		if (child->time > b->time)
			b->time = child->time;
		if (child->nr_below > UINT64_MAX / 2 - b->nr_below)
			b->nr_below = UINT64_MAX / 2;
		else
			b->nr_below += child->nr_below;
	}
	if (nr < n->nr_entries)
		b->whole = 0;
}

static int look(void *arg, unsigned worker, uint64_t where, const void *block, int error)
{
	struct scan *s = arg;
	struct scan_block *b = &s->blocks[where];
	uint8_t families;
	struct fault f;
	struct vote v;
	struct node n;

	(void)worker;
	(void)error;
	if (!block || node_parse(&n, block, where, sizeof(__le64), &f))
		return 0;
	v = count_votes(s, &n);
	families = elect(s, &v);
	if (!families)
		return 0;
	sum_up(s, &n, families, b);
	b->height = (uint8_t)s->height;
	/* Last, as others may look at this entry meanwhile. */
	__atomic_store_n(&b->families, families, __ATOMIC_RELEASE);
	return 0;
}

static void gather(struct scan *s)
{
	bits_clear(&s->pending);
	for (uint64_t where = 1; where < s->nr_blocks; where++)
		if (s->blocks[where].inner && !s->blocks[where].families)
			bits_add(&s->pending, where);
}

int scan_levels(struct scan *s)
{
	struct stream stream = { .engine = &s->overlay->engine, .nr_threads = s->nr_threads };
	int r = 0;

	for (s->leniency = 0; s->leniency < 3 && !r; s->leniency++) {
		for (s->height = 1; s->height <= SCAN_MAX_HEIGHT && !r; s->height++) {
			gather(s);
			if (!s->pending.count)
				return 0;
			r = stream_visit(&stream, &s->pending, look, s);
		}
	}
	return r;
}
