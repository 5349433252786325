/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/shares.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/sorted.h"
#include "thin/room.h"

struct visit {
	struct shares *p;
	struct thin_salvage *s;
	uint32_t device;
};

static int visit(struct visit *v, uint64_t where, unsigned level, struct span span);

static int visit_hole(struct visit *v, uint32_t index, unsigned level)
{
	const struct hole *h = &v->s->holes[index];
	struct shares *p = v->p;
	int r = salvage_room(&p->all, &p->room, p->nr, sizeof(*p->all));

	if (r)
		return r;
	p->all[p->nr++] = (struct share){ index, v->device };
	p->of[v->device].nr_holes++;
	p->of[v->device].lost += room_of(h->height, h->span);
	for (size_t i = 0; i < h->nr_pieces && !r; i++)
		r = visit(v, h->pieces[i], level + 1, (struct span){
			h->span.low, salvage_piece_last(v->s, h, i) });
	return r;
}

/* What another device has below the same node may be behind what this one can have there. */
static int visit(struct visit *v, uint64_t where, unsigned level, struct span span)
{
	const struct scan_block *b;
	struct node n;
	int r;

	if (v->s->hole_of[where])
		return visit_hole(v, v->s->hole_of[where] - 1, level);
	b = scan_node(&v->s->scan, where, SCAN_MAPPINGS);
	if (!b || !bits_has(&v->s->reached, where) || level > SCAN_MAX_HEIGHT ||
	    b->first < span.low || b->first > span.last)
		return 0;
	if (b->whole || !b->height) {
		v->p->of[v->device].found += b->nr_below;
		return 0;
	}
	r = salvage_read(v->s, where, sizeof(__le64), level, &n);
	for (uint32_t i = 0; i < n.nr_entries && !r; i++)
		r = visit(v, node_value64(&n, i), level + 1, salvage_span(&n, i, span));
	return r;
}

static int compare(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	if (x->hole != y->hole)
		return x->hole < y->hole ? -1 : 1;
	return (x->device > y->device) - (x->device < y->device);
}

int shares_find(struct shares *p, struct thin_salvage *s)
{
	const struct span all = { 0, UINT64_MAX };
	int r = 0;

	*p = (struct shares){ .nr = 0 };
	p->of = alloc_array(s->nr_devices, sizeof(*p->of));
	if (!p->of)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->nr_devices && !r; i++) {
		struct visit v = { .p = p, .s = s, .device = i };

		if (s->devices[i].root)
			r = visit(&v, s->devices[i].root, 0, all);
	}
	if (p->nr)
		qsort(p->all, p->nr, sizeof(*p->all), compare);
	return r;
}

void shares_exit(struct shares *p)
{
	free(p->all);
	free(p->of);
	*p = (struct shares){ .nr = 0 };
}

const struct share *shares_of(const struct shares *p, uint32_t hole, size_t *nr)
{
	size_t low = sorted_find(p->all, hole, p->nr, hole);

	for (*nr = 0; low + *nr < p->nr && p->all[low + *nr].hole == hole; ++*nr)
		;
	return p->all + low;
}

uint64_t shares_wanted(const struct shares *p, const struct thin_salvage *s, uint32_t hole,
		       bool *exact)
{
	uint64_t least = UINT64_MAX;
	size_t nr;
	const struct share *all = shares_of(p, hole, &nr);

	*exact = false;
	for (size_t i = 0; i < nr; i++) {
		const struct salvage_device *d = &s->devices[all[i].device];
		uint64_t found = p->of[all[i].device].found;

		if (d->said == UINT64_MAX)
			continue;
		/* More than there should be is somebody else's; so nothing can be told. */
		if (found > d->said)
			continue;
		if (d->said - found < least) {
			least = d->said - found;
			*exact = p->of[all[i].device].nr_holes == 1;
		}
	}
	return least;
}

