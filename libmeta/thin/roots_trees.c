/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/roots_trees.h"

#include <stdlib.h>

#include "thin/census.h"
#include "thin/roots_when.h"

/* So many trees of a kind are compared, and so many of their entries. */
#define MOST_TREES 4096u
#define MOST_ENTRIES (1u << 22)
/* So many nodes are read; with so many blocks, to forget a tree costs as much as one. */
#define MOST_READ (1u << 22)
#define FORGOTTEN_READ (1u << 15)

static int add_count(struct roots_trees *r, struct roots_tree *t, uint32_t id, uint64_t count)
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

static int add_tops(struct roots_trees *r, struct roots_tree *t, const struct census *c)
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

static int add_details(struct roots_trees *r, struct roots_tree *t, const struct census *c)
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

/* The nodes of the tree at @root, of which all but that are below it if all are there. */
static void forget(struct roots_trees *r, uint64_t root, bool whole)
{
	uint64_t nr = r->s->scan.nr_blocks;

	r->nr_read += r->seen.count + nr / FORGOTTEN_READ;
	for (uint64_t i = bits_next(&r->seen, 0); whole && i < nr; i = bits_next(&r->seen, i + 1))
		if (i != root)
			bits_add(&r->below, i);
	bits_clear(&r->seen);
}

/* Reads the tree at @root and keeps it if all of it is there. */
static int add_tree(struct roots_trees *r, uint64_t root, enum scan_family family)
{
	struct roots_tree t = { .root = root, .first = r->nr_counts };
	struct bits reached = r->s->reached;
	struct census c = { .roots = NULL };
	bool whole = false;
	int error;

	/* What is looked at is not in use yet. */
	r->s->reached = r->seen;
	error = census_read(r->s, &c, root, family, &whole);
	r->seen = r->s->reached;
	r->s->reached = reached;
	forget(r, root, whole);
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

static int add_trees(struct roots_trees *r, unsigned height)
{
	int error = 0;

	for (uint64_t where = 1; where < r->s->scan.nr_blocks && !error; where++) {
		const struct scan_block *b = &r->s->scan.blocks[where];

		if (r->nr_counts > MOST_ENTRIES || r->nr_read > MOST_READ)
			break;
		if (b->height != height || bits_has(&r->below, where))
			continue;
		if (b->families & SCAN_TOP && r->nr_tops < MOST_TREES)
			error = add_tree(r, where, SCAN_TOP);
		if (b->families & SCAN_DETAILS && r->nr_details < MOST_TREES && !error)
			error = add_tree(r, where, SCAN_DETAILS);
	}
	return error;
}

/* The highest first: what is below one of them is no tree of its own. */
int roots_trees_add_all(struct roots_trees *r)
{
	int error = bits_init(&r->below, r->s->scan.nr_blocks);

	error = error ? error : bits_init(&r->seen, r->s->scan.nr_blocks);
	for (unsigned height = SCAN_MAX_HEIGHT + 1; height-- && !error;)
		error = add_trees(r, height);
	return error;
}

void roots_trees_exit(struct roots_trees *r)
{
	free(r->tops);
	free(r->details);
	free(r->counts);
	bits_exit(&r->below);
	bits_exit(&r->seen);
}
