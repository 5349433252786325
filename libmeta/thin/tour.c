/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/tour.h"

#include <string.h>

#include "base/alloc.h"
#include "base/sorted.h"

/* What is known of a block that was gone through. */
struct stop {
	uint64_t nr_mapped;
	bool known;
	bool quiet;			/* nothing to tell below */
};

struct tour {
	struct thin_salvage *s;
	struct stop *stops;
	uint32_t device;
	bool complete;			/* says that nothing is lost after all */
	uint64_t nr_lost;		/* findings of loss */
	bool telling;
};

static int compare_marks(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->where != y->where)
		return x->where < y->where ? -1 : 1;
	if (x->finding.begin != y->finding.begin)
		return x->finding.begin < y->finding.begin ? -1 : 1;
	return (x->finding.code > y->finding.code) - (x->finding.code < y->finding.code);
}

static size_t first_mark(const struct thin_salvage *s, uint64_t where)
{
	return sorted_find(s->marks, where, s->nr_marks, where);
}

/* Does it tell what stands where something was lost? */
static bool is_instead(const struct thin_finding *f)
{
	return f->code == THIN_FINDING_ATTACHED || f->code == THIN_FINDING_OLDER;
}

/*
 * If numbers say that nothing of the device is missing, a lost block is no loss
 * as long as something stands for it; but that is in doubt wherever the block had
 * keys, for it may be others.  False if @f is not to be told.
 */
static bool settle(const struct mark *marks, size_t nr, struct thin_finding *f)
{
	bool told = f->code != THIN_FINDING_DEVICE_LOST;

	for (size_t i = 0; i < nr; i++) {
		const struct thin_finding *other = &marks[i].finding;

		if (f->code == THIN_FINDING_LOST && is_instead(other))
			told = false;
		if (!is_instead(f) || other->code != THIN_FINDING_LOST)
			continue;
		f->begin = other->begin < f->begin ? other->begin : f->begin;
		f->end = other->end > f->end ? other->end : f->end;
	}
	return told;
}

/* What has no range of its own is about all keys that the block may have there. */
static void set_range(struct thin_finding *f, struct span span)
{
	if (f->begin != f->end || (!span.low && span.last == UINT64_MAX))
		return;
	f->begin = span.low;
	f->end = span.last + (span.last != UINT64_MAX);
}

static void tell_marks(struct tour *t, size_t first, uint64_t where, struct span span)
{
	struct thin_salvage *s = t->s;
	size_t end = first;

	while (end < s->nr_marks && s->marks[end].where == where)
		end++;
	for (size_t i = first; i < end; i++) {
		struct thin_finding f = s->marks[i].finding;

		f.dev_id = s->devices[t->device].device.dev_id;
		set_range(&f, span);
		if (t->complete && !settle(&s->marks[first], end - first, &f))
			continue;
		t->nr_lost += thin_finding_class(&f) == THIN_LOSS;
		salvage_tell(s, &f);
	}
}

static int visit(struct tour *t, uint64_t where, unsigned level, struct span span,
		 uint64_t *nr_mapped);

static int visit_children(struct tour *t, const struct node *n, unsigned level, struct span span,
			  struct stop *stop)
{
	int r = 0;

	for (uint32_t i = 0; i < n->nr_entries && !r; i++) {
		uint64_t child = node_value64(n, i), nr;

		r = visit(t, child, level + 1, salvage_span(n, i, span), &nr);
		if (r)
			break;
		stop->nr_mapped += nr;
		stop->quiet = stop->quiet && t->stops[child].quiet;
	}
	return r;
}

static int visit(struct tour *t, uint64_t where, unsigned level, struct span span,
		 uint64_t *nr_mapped)
{
	struct stop *known = &t->stops[where], stop = { .known = true, .quiet = true };
	size_t mark = first_mark(t->s, where);
	bool marked = mark < t->s->nr_marks && t->s->marks[mark].where == where;
	const struct scan_block *b;
	struct node n;
	int r;

	*nr_mapped = known->nr_mapped;
	if (known->known && (known->quiet || !t->telling))
		return 0;
	if (level > SCAN_MAX_HEIGHT)
		return -EIO;
	if (t->telling && marked)
		tell_marks(t, mark, where, span);
	stop.quiet = !marked;
	b = bits_has(&t->s->overlay.has, where) ? NULL :
		scan_node(&t->s->scan, where, SCAN_MAPPINGS);
	if (b && !b->height) {
		stop.nr_mapped = b->nr;
	} else {
		r = salvage_read(t->s, where, sizeof(__le64), level, &n);
		if (!r && n.leaf)
			stop.nr_mapped = n.nr_entries;
		else if (!r)
			r = visit_children(t, &n, level, span, &stop);
		if (r)
			return r;
	}
	*known = stop;
	*nr_mapped = stop.nr_mapped;
	return 0;
}

/* What the details said against what is there. */
static void judge(struct tour *t, const struct salvage_device *d)
{
	struct thin_finding f = {
		.code = THIN_FINDING_MAPPED_BLOCKS, .dev_id = d->device.dev_id, .found = d->said,
		.wanted = d->device.mapped_blocks,
	};

	if (d->said == UINT64_MAX || d->said == d->device.mapped_blocks)
		return;
	if (d->said > d->device.mapped_blocks && t->nr_lost) {
		f.code = THIN_FINDING_MISSING;
		f.nr = d->said - d->device.mapped_blocks;
		f.wanted = d->said;
	}
	salvage_tell(t->s, &f);
}

static int visit_device(struct tour *t, uint32_t index)
{
	const struct span everything = { 0, UINT64_MAX };
	struct salvage_device *d = &t->s->devices[index];
	uint64_t nr;
	int r;

	t->device = index;
	t->telling = false;
	t->nr_lost = 0;
	r = visit(t, d->root, 0, everything, &nr);
	if (r)
		return r;
	d->device.mapped_blocks = nr;
	t->complete = nr == d->said;
	t->telling = true;
	r = visit(t, d->root, 0, everything, &nr);
	judge(t, d);
	return r;
}

int tour_run(struct thin_salvage *s)
{
	struct tour t = { .s = s };
	int r = 0;

	t.stops = alloc_array(engine_nr_blocks(&s->overlay.engine), sizeof(*t.stops));
	if (!t.stops)
		return -ENOMEM;
	if (s->nr_marks)
		qsort(s->marks, s->nr_marks, sizeof(*s->marks), compare_marks);
	for (size_t i = 0; i < s->nr_devices && !r; i++)
		r = visit_device(&t, (uint32_t)i);
	free(t.stops);
	return r;
}
