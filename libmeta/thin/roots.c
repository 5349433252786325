/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/roots.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "pdata/bitmap.h"
#include "thin/counts.h"
#include "thin/roots_trees.h"
#include "thin/roots_when.h"

/* So many top-level trees are held against space maps for one details tree. */
#define MOST_PARTNERS 8u
/* So many bitmaps are; to follow both trees costs as much as so many. */
#define MOST_HELD (1u << 20)
#define FOLLOWED_HELD 1024u

struct search {
	struct roots_trees t;
	struct thin_roots *pairs;
	size_t nr_pairs, room_pairs;
	uint64_t nr_held;
};

/* How many devices map as much as they should. */
static uint64_t agree(const struct search *r, const struct roots_tree *top,
		      const struct roots_tree *details)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < top->nr; i++)
		nr += r->t.counts[top->first + i] == r->t.counts[details->first + i];
	return nr;
}

static bool is_current(const struct thin_salvage *s, const struct roots_tree *top,
		       const struct roots_tree *details)
{
	return s->has_sb && s->sb.mapping_root == top->root &&
	       s->sb.details_root == details->root;
}

static int add_pair(struct search *r, const struct roots_tree *top,
		    const struct roots_tree *details, uint64_t nr_whole)
{
	int error = salvage_room(&r->pairs, &r->room_pairs, r->nr_pairs, sizeof(*r->pairs));

	if (error)
		return error;
	r->pairs[r->nr_pairs++] = (struct thin_roots){
		.mapping_root = top->root, .details_root = details->root,
		.current = is_current(r->t.s, top, details), .time = details->time,
		.transaction_id = details->transaction_id, .devices = top->hash,
		.nr_devices = top->nr,
		.nr_whole = nr_whole, .nr_mapped = top->nr_mapped,
		.first_dev_id = top->first_id, .last_dev_id = top->last_id,
	};
	return 0;
}

/* How many blocks of both trees the space map that fits them best does not know of. */
static int count_wrong(struct search *r, const struct roots_tree *top,
		       const struct roots_tree *details, uint64_t *nr_wrong)
{
	struct counts_verdict v;
	struct refs found;
	int error = refs_init(&found, r->t.s->scan.nr_blocks);

	error = error ? error : counts_find_pointers(r->t.s, top->root, details->root, &found);
	error = error ? error : counts_judge(r->t.s, &found, &v);
	refs_exit(&found);
	r->nr_held += FOLLOWED_HELD + r->t.s->scan.bitmaps.count *
		      bitmap_count(r->t.s->scan.nr_blocks);
	if (!error)
		*nr_wrong = v.nr_wrong;
	return error;
}

/* A top-level tree that may belong to a details tree. */
struct partner {
	const struct roots_tree *top;
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
			  const struct roots_tree *details, const struct partner **best)
{
	uint64_t least = UINT64_MAX;
	int error = 0;

	if (nr)
		qsort(partners, nr, sizeof(*partners), compare_partners);
	*best = nr ? partners : NULL;
	if (nr < 2 || partners->nr_agree >= details->nr || r->nr_held > MOST_HELD)
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
static int find_partner(struct search *r, const struct roots_tree *details)
{
	struct partner *partners = alloc_array(r->t.nr_tops, sizeof(*partners));
	const struct partner *best = NULL;
	size_t nr = 0;
	int error = partners ? 0 : -ENOMEM;

	for (size_t i = 0; i < r->t.nr_tops && !error; i++) {
		const struct roots_tree *top = &r->t.tops[i];

		if (top->nr != details->nr || top->hash != details->hash)
			continue;
		partners[nr++] = (struct partner){
			top, is_current(r->t.s, top, details) ? UINT64_MAX : agree(r, top, details),
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
	struct search r = { .t.s = s };
	int error = roots_trees_add_all(&r.t);

	for (size_t i = 0; i < r.t.nr_details && !error; i++)
		error = find_partner(&r, &r.t.details[i]);
	if (r.nr_pairs)
		qsort(r.pairs, r.nr_pairs, sizeof(*r.pairs), compare);
	if (!error)
		error = roots_when_find(s, r.pairs, r.nr_pairs);
	roots_trees_exit(&r.t);
	if (error)
		free(r.pairs);
	else
		*roots = r.pairs;
	*nr = r.nr_pairs;
	return error;
}
