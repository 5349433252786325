/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/roots.h"

#include <string.h>

#include "base/alloc.h"
#include "thin/census.h"
#include "thin/counts.h"
#include "thin/roots_when.h"

/* So many trees of a kind are compared, and so many of their entries. */
#define MOST_TREES 4096u
#define MOST_ENTRIES (1u << 22)

/* So many top-level trees are held against space maps for one details tree. */
#define MOST_PARTNERS 8u

/* A device tree, in use or not. */
struct tree {
	uint64_t root;
	uint64_t hash;			/* of its device ids */
	size_t first;			/* in counts */
	size_t nr;			/* devices */
	uint64_t nr_sound;		/* of them there, */
	uint64_t nr_mapped;		/* and what they map, as far as it is */
	uint64_t transaction_id;
	uint32_t time;
	uint32_t first_id, last_id;
};

struct search {
	struct thin_salvage *s;
	struct tree *tops, *details;
	size_t nr_tops, nr_details, room_tops, room_details;
	uint64_t *counts;		/* mapped blocks, found or said */
	size_t nr_counts, room_counts;
	struct thin_roots *pairs;
	size_t nr_pairs, room_pairs;
};

static int add_count(struct search *r, struct tree *t, uint32_t id, uint64_t count)
{
	int error = salvage_room(&r->counts, &r->room_counts, r->nr_counts, sizeof(*r->counts));

	if (error)
		return error;
	if (!t->nr++)
		t->first_id = id;
	t->last_id = id;
	t->hash = roots_when_add_device(t->hash, id);
	r->counts[r->nr_counts++] = count;
	return 0;
}

static int add_tops(struct search *r, struct tree *t, const struct census *c)
{
	int error = 0;

	for (size_t i = 0; i < c->nr_roots && !error; i++) {
		const struct scan_block *b = scan_node(&r->s->scan, c->roots[i].root,
						       SCAN_MAPPINGS);

		t->nr_sound += b != NULL;
		t->nr_mapped += b ? b->nr_below : 0;
		if (b && b->time > t->time)
			t->time = b->time;
		error = add_count(r, t, c->roots[i].dev_id, b && b->whole ? b->nr_below :
				  UINT64_MAX);
	}
	return error;
}

static int add_details(struct search *r, struct tree *t, const struct census *c)
{
	int error = 0;

	for (size_t i = 0; i < c->nr_details && !error; i++) {
		const struct thin_device *d = &c->details[i].device;

		if (d->transaction_id > t->transaction_id)
			t->transaction_id = d->transaction_id;
		if (d->snapshotted_time > t->time)
			t->time = d->snapshotted_time;
		error = add_count(r, t, d->dev_id, c->details[i].said);
	}
	t->nr_sound = t->nr;
	return error;
}

/* Reads the tree at @root and keeps it if all of it is there. */
static int look_at(struct search *r, uint64_t root, enum scan_family family)
{
	struct tree t = { .root = root, .first = r->nr_counts };
	struct bits reached = r->s->reached;
	struct census c = { .roots = NULL };
	bool whole = false;
	int error;

	/* What is looked at is not in use yet. */
	error = bits_init(&r->s->reached, reached.nr);
	error = error ? error : census_read(r->s, &c, root, family, &whole);
	bits_exit(&r->s->reached);
	r->s->reached = reached;
	if (!error && whole)
		error = family == SCAN_TOP ? add_tops(r, &t, &c) : add_details(r, &t, &c);
	census_exit(&c);
	/* The ids of several devices are enough to know it by. */
	if (error || !whole || (t.nr < 2 && t.nr_sound < t.nr)) {
		r->nr_counts = t.first;
		return error;
	}
	error = family == SCAN_TOP ?
		salvage_room(&r->tops, &r->room_tops, r->nr_tops, sizeof(t)) :
		salvage_room(&r->details, &r->room_details, r->nr_details, sizeof(t));
	if (!error && family == SCAN_TOP)
		r->tops[r->nr_tops++] = t;
	else if (!error)
		r->details[r->nr_details++] = t;
	return error;
}

static int look_at_all(struct search *r)
{
	int error = 0;

	for (uint64_t where = 1; where < r->s->scan.nr_blocks && !error; where++) {
		const struct scan_block *b = &r->s->scan.blocks[where];

		if (r->nr_counts > MOST_ENTRIES)
			break;
		if (b->families & SCAN_TOP && r->nr_tops < MOST_TREES)
			error = look_at(r, where, SCAN_TOP);
		if (b->families & SCAN_DETAILS && r->nr_details < MOST_TREES && !error)
			error = look_at(r, where, SCAN_DETAILS);
	}
	return error;
}

/* How many devices map as much as they should. */
static uint64_t agree(const struct search *r, const struct tree *top, const struct tree *details)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < top->nr; i++)
		nr += r->counts[top->first + i] == r->counts[details->first + i];
	return nr;
}

static bool is_current(const struct thin_salvage *s, const struct tree *top,
		       const struct tree *details)
{
	return s->has_sb && s->sb.mapping_root == top->root &&
	       s->sb.details_root == details->root;
}

static int add_pair(struct search *r, const struct tree *top, const struct tree *details,
		    uint64_t nr_whole)
{
	int error = salvage_room(&r->pairs, &r->room_pairs, r->nr_pairs, sizeof(*r->pairs));

	if (error)
		return error;
	r->pairs[r->nr_pairs++] = (struct thin_roots){
		.mapping_root = top->root, .details_root = details->root,
		.current = is_current(r->s, top, details), .time = details->time,
		.transaction_id = details->transaction_id, .devices = top->hash,
		.nr_devices = top->nr,
		.nr_whole = nr_whole, .nr_mapped = top->nr_mapped,
		.first_dev_id = top->first_id, .last_dev_id = top->last_id,
	};
	return 0;
}

/* How many blocks of both trees the space map that fits them best does not know of. */
static int count_wrong(struct search *r, const struct tree *top, const struct tree *details,
		       uint64_t *nr_wrong)
{
	struct counts_verdict v;
	struct refs found;
	int error = refs_init(&found, r->s->scan.nr_blocks);

	error = error ? error : counts_find_pointers(r->s, top->root, details->root, &found);
	error = error ? error : counts_judge(r->s, &found, &v);
	refs_exit(&found);
	if (!error)
		*nr_wrong = v.nr_wrong;
	return error;
}

/* A top-level tree that may belong to a details tree. */
struct partner {
	const struct tree *top;
	uint64_t nr_agree;
};

static int compare_partners(const void *a, const void *b)
{
	const struct partner *x = a, *y = b;

	if (x->nr_agree != y->nr_agree)
		return x->nr_agree > y->nr_agree ? -1 : 1;
	if (x->top->time != y->top->time)
		return x->top->time > y->top->time ? -1 : 1;
	return (x->top->root < y->top->root) - (x->top->root > y->top->root);
}

/* Damage may make the right one agree less than others; then space maps tell. */
static int choose_partner(struct search *r, struct partner *partners, size_t nr,
			  const struct tree *details, const struct partner **best)
{
	uint64_t least = UINT64_MAX;
	int error = 0;

	if (nr)
		qsort(partners, nr, sizeof(*partners), compare_partners);
	*best = nr ? partners : NULL;
	if (nr < 2 || partners->nr_agree >= details->nr)
		return 0;
	for (size_t i = 0; i < nr && i < MOST_PARTNERS && !error; i++) {
		uint64_t nr_wrong = 0;

		error = count_wrong(r, partners[i].top, details, &nr_wrong);
		if (nr_wrong < least) {
			least = nr_wrong;
			*best = &partners[i];
		}
	}
	return error;
}

/* The best partner of a details tree; a transaction has one top-level tree. */
static int find_partner(struct search *r, const struct tree *details)
{
	struct partner *partners = alloc_array(r->nr_tops, sizeof(*partners));
	const struct partner *best = NULL;
	size_t nr = 0;
	int error = partners ? 0 : -ENOMEM;

	for (size_t i = 0; i < r->nr_tops && !error; i++) {
		const struct tree *top = &r->tops[i];

		if (top->nr != details->nr || top->hash != details->hash)
			continue;
		partners[nr++] = (struct partner){
			top, is_current(r->s, top, details) ? UINT64_MAX : agree(r, top, details),
		};
	}
	error = error ? error : choose_partner(r, partners, nr, details, &best);
	if (!error && best)
		error = add_pair(r, best->top, details, agree(r, best->top, details));
	free(partners);
	return error;
}

static uint64_t highest(const struct thin_roots *r)
{
	return r->mapping_root > r->details_root ? r->mapping_root : r->details_root;
}

/* Is so much overwritten that it cannot be from lately? */
static bool is_worn(const struct thin_roots *r)
{
	return 2 * (r->nr_devices - r->nr_whole) > r->nr_devices;
}

/*
 * Between two snapshots nothing says which transaction came first, but that
 * the kernel takes blocks in ascending order for as long as a pool is in use.
 */
static int compare(const void *a, const void *b)
{
	const struct thin_roots *x = a, *y = b;

	if (x->current != y->current)
		return x->current ? -1 : 1;
	if (x->time != y->time)
		return x->time > y->time ? -1 : 1;
	if (x->transaction_id != y->transaction_id)
		return x->transaction_id > y->transaction_id ? -1 : 1;
	if (is_worn(x) != is_worn(y))
		return is_worn(y) ? -1 : 1;
	if (highest(x) != highest(y))
		return highest(x) > highest(y) ? -1 : 1;
	if (x->mapping_root != y->mapping_root)
		return x->mapping_root > y->mapping_root ? -1 : 1;
	return (x->details_root < y->details_root) - (x->details_root > y->details_root);
}

int roots_find(struct thin_salvage *s, struct thin_roots **roots, size_t *nr)
{
	struct search r = { .s = s };
	int error = look_at_all(&r);

	for (size_t i = 0; i < r.nr_details && !error; i++)
		error = find_partner(&r, &r.details[i]);
	if (r.nr_pairs)
		qsort(r.pairs, r.nr_pairs, sizeof(*r.pairs), compare);
	if (!error)
		error = roots_when_find(s, r.pairs, r.nr_pairs);
	free(r.tops);
	free(r.details);
	free(r.counts);
	if (error)
		free(r.pairs);
	else
		*roots = r.pairs;
	*nr = r.nr_pairs;
	return error;
}

static void tell(struct thin_salvage *s, enum thin_finding_code code)
{
	struct thin_finding f = {
		.code = code, .dev_id = THIN_FINDING_NO_DEV, .found = s->mapping_root,
		.wanted = s->details_root,
	};

	salvage_tell(s, &f);
}

/* No two trees have the same devices: one tree alone, and the rest by other evidence. */
static int choose_alone(struct thin_salvage *s)
{
	struct search r = { .s = s };
	const struct tree *best = NULL;
	int error = look_at_all(&r);

	for (size_t i = 0; i < r.nr_tops; i++)
		if (r.tops[i].nr && (!best || r.tops[i].nr_sound > best->nr_sound ||
				     (r.tops[i].nr_sound == best->nr_sound &&
				      r.tops[i].time >= best->time)))
			best = &r.tops[i];
	s->mapping_root = best ? best->root : 0;
	for (size_t i = 0; i < r.nr_details && !s->mapping_root; i++)
		if (r.details[i].nr && (!best || r.details[i].time > best->time ||
					(r.details[i].time == best->time &&
					 r.details[i].transaction_id >= best->transaction_id)))
			best = &r.details[i];
	s->details_root = best && !s->mapping_root ? best->root : 0;
	free(r.tops);
	free(r.details);
	free(r.counts);
	return error || best ? error : -ENODATA;
}

/* An empty pool is never the answer to damage, nor are empty devices if others are not. */
static int choose_newest(struct thin_salvage *s)
{
	struct thin_roots *pairs;
	size_t nr, i = 0;
	int r = roots_find(s, &pairs, &nr);

	if (r)
		return r;
	while (i < nr && !pairs[i].nr_mapped)
		i++;
	for (i = i < nr ? i : 0; i < nr && !pairs[i].nr_devices; i++)
		;
	if (i < nr) {
		s->mapping_root = pairs[i].mapping_root;
		s->details_root = pairs[i].details_root;
	}
	free(pairs);
	return i < nr ? 0 : -ENODATA;
}

/* Are both trees sound, but of other devices, as those of two transactions may be? */
static bool is_mismatch(struct thin_salvage *s, uint64_t mapping_root, uint64_t details_root)
{
	struct search r = { .s = s };
	bool differ = !look_at(&r, mapping_root, SCAN_TOP) &&
		      !look_at(&r, details_root, SCAN_DETAILS) && r.nr_tops && r.nr_details &&
		      (r.tops->nr != r.details->nr || r.tops->hash != r.details->hash);

	free(r.tops);
	free(r.details);
	free(r.counts);
	return differ;
}

static int choose_named(struct thin_salvage *s)
{
	const struct thin_repair_opts *o = &s->opts;

	if (!scan_node(&s->scan, o->mapping_root, SCAN_TOP) ||
	    !scan_node(&s->scan, o->details_root, SCAN_DETAILS))
		return -ENOENT;
	s->mapping_root = o->mapping_root;
	s->details_root = o->details_root;
	s->all_older = !s->has_sb || s->mapping_root != s->sb.mapping_root ||
		       s->details_root != s->sb.details_root;
	if (s->all_older)
		tell(s, THIN_FINDING_ROOTS);
	return 0;
}

/* Both trees are lost, or there is no word of where they are. */
static int choose_found(struct thin_salvage *s)
{
	int r = choose_newest(s);

	if (r == -ENODATA)
		r = choose_alone(s);
	s->all_older = true;
	if (!r)
		tell(s, s->has_sb ? THIN_FINDING_ROOTS : THIN_FINDING_ROOTS_FOUND);
	return r;
}

/* A tree without devices says nothing when the other one is lost. */
static bool is_of_use(const struct thin_salvage *s, uint64_t root, enum scan_family family,
		      bool alone)
{
	const struct scan_block *b = scan_node(&s->scan, root, family);

	return b && (b->nr || !alone);
}

int roots_choose(struct thin_salvage *s)
{
	uint64_t top = s->has_sb ? s->sb.mapping_root : 0;
	uint64_t details = s->has_sb ? s->sb.details_root : 0;
	bool has_top = scan_node(&s->scan, top, SCAN_TOP);
	bool has_details = scan_node(&s->scan, details, SCAN_DETAILS);
	int r;

	if (s->opts.has_mapping_root)
		return choose_named(s);
	has_top = is_of_use(s, top, SCAN_TOP, !has_details);
	has_details = is_of_use(s, details, SCAN_DETAILS, !has_top);
	if (!has_top && !has_details)
		return choose_found(s);
	s->mapping_root = has_top ? top : 0;
	s->details_root = has_details ? details : 0;
	/* Two sound trees with other devices are not of one transaction. */
	if (has_top && has_details && is_mismatch(s, top, details)) {
		r = choose_newest(s);
		if (r == -ENODATA)
			return 0;
		s->all_older = s->mapping_root != top || s->details_root != details;
		if (!r && s->all_older)
			tell(s, THIN_FINDING_ROOTS);
		return r;
	}
	return 0;
}
