/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/shares.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/sorted.h"

struct visit {
	struct shares *p;
	struct thin_salvage *s;
	uint32_t device;
	uint64_t found;
};

static int visit(struct visit *v, uint64_t where, unsigned level);

static int visit_hole(struct visit *v, uint32_t index, unsigned level)
{
	struct shares *p = v->p;
	int r = salvage_room(&p->all, &p->room, p->nr, sizeof(*p->all));

	if (r)
		return r;
	p->all[p->nr++] = (struct share){ index, v->device };
	p->nr_holes[v->device]++;
	for (size_t i = 0; i < v->s->holes[index].nr_pieces && !r; i++)
		r = visit(v, v->s->holes[index].pieces[i], level + 1);
	return r;
}

static int visit(struct visit *v, uint64_t where, unsigned level)
{
	const struct scan_block *b;
	struct node n;
	int r;

	if (v->s->hole_of[where])
		return visit_hole(v, v->s->hole_of[where] - 1, level);
	b = scan_node(&v->s->scan, where, SCAN_MAPPINGS);
	if (!b || !bits_has(&v->s->reached, where) || level > SCAN_MAX_HEIGHT)
		return 0;
	if (b->whole || !b->height) {
		v->found += b->nr_below;
		return 0;
	}
	r = salvage_read(v->s, where, sizeof(__le64), level, &n);
	for (uint32_t i = 0; i < n.nr_entries && !r; i++)
		r = visit(v, node_value64(&n, i), level + 1);
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
	int r = 0;

	*p = (struct shares){ .nr = 0 };
	p->found = alloc_array(s->nr_devices, sizeof(*p->found));
	p->nr_holes = alloc_array(s->nr_devices, sizeof(*p->nr_holes));
	if (!p->found || !p->nr_holes)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->nr_devices && !r; i++) {
		struct visit v = { .p = p, .s = s, .device = i };

		if (s->devices[i].root)
			r = visit(&v, s->devices[i].root, 0);
		p->found[i] = v.found;
	}
	if (p->nr)
		qsort(p->all, p->nr, sizeof(*p->all), compare);
	return r;
}

void shares_exit(struct shares *p)
{
	free(p->all);
	free(p->found);
	free(p->nr_holes);
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
		uint64_t found = p->found[all[i].device];

		if (d->said == UINT64_MAX)
			continue;
		/* More than there should be is somebody else's; so nothing can be told. */
		if (found > d->said)
			continue;
		if (d->said - found < least) {
			least = d->said - found;
			*exact = p->nr_holes[all[i].device] == 1;
		}
	}
	return least;
}

