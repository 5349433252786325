/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/segments.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "thin/forest_walk.h"

static void meet(uint32_t *neighbour, uint32_t leaf)
{
	if (*neighbour == FOREST_NONE)
		*neighbour = leaf;
	else if (*neighbour != leaf)
		*neighbour = SEGMENTS_SEVERAL;
}

static uint32_t first_leaf(const struct forest *f, const struct forest_node *n, uint32_t child)
{
	return n->height == 1 ? child : f->nodes[child].first_leaf;
}

static uint32_t last_leaf(const struct forest *f, const struct forest_node *n, uint32_t child)
{
	return n->height == 1 ? child : f->nodes[child].last_leaf;
}

/*
 * Makes the last leaf below each child and the first one below the next child
 * neighbours.  Above damage nothing is known, so nothing is joined there.
 */
static void join_children(struct forest *f, struct forest_node *n)
{
	const uint32_t *children = forest_children(f, n);
	uint32_t nr = n->nr_children;
	bool whole = nr;

	n->first_leaf = n->last_leaf = FOREST_NONE;
	for (uint32_t i = 0; i < nr; i++)
		whole = whole && first_leaf(f, n, children[i]) != FOREST_NONE;
	for (uint32_t i = 1; i < nr; i++) {
		uint32_t a = last_leaf(f, n, children[i - 1]);
		uint32_t b = first_leaf(f, n, children[i]);

		if (a == FOREST_NONE || b == FOREST_NONE)
			continue;
		meet(&f->leaves[a].next, b);
		meet(&f->leaves[b].prev, a);
	}
	if (!whole)
		return;
	n->first_leaf = first_leaf(f, n, children[0]);
	n->last_leaf = last_leaf(f, n, children[nr - 1]);
}

/* Where a tree begins or ends there is no neighbour, whatever others have there. */
static void fence(struct forest *f, const struct forest_root *root)
{
	uint32_t first = root->index, last = root->index;

	if (root->kind != FOREST_LEAF && root->kind != FOREST_NODE)
		return;
	if (root->kind == FOREST_NODE) {
		first = f->nodes[root->index].first_leaf;
		last = f->nodes[root->index].last_leaf;
	}
	if (first == FOREST_NONE)
		return;
	f->leaves[first].prev = SEGMENTS_SEVERAL;
	f->leaves[last].next = SEGMENTS_SEVERAL;
}

static bool is_first(const struct forest *f, uint32_t leaf)
{
	uint32_t prev = f->leaves[leaf].prev;

	return prev >= SEGMENTS_SEVERAL || !segments_is_joined(f, prev, leaf);
}

static int add_segment(struct segments *s, uint32_t first)
{
	if (alloc_room(&s->all, &s->room, s->nr, 1, sizeof(*s->all)))
		return -ENOMEM;
	s->all[s->nr++] = (struct segment){ .first = first };
	return 0;
}

/* A chain with a first leaf cannot come back to itself, so this ends. */
static void mark_chain(struct forest *f, uint32_t leaf, uint32_t segment)
{
	for (; leaf != FOREST_NONE; leaf = segments_next_leaf(f, leaf))
		f->leaves[leaf].segment = segment;
}

static int make_chains(struct segments *s, struct forest *f)
{
	int r = 0;

	for (uint32_t i = 0; !r && i < f->nr_leaves; i++) {
		if (!f->leaves[i].shared || !is_first(f, i))
			continue;
		r = add_segment(s, i);
		if (!r)
			mark_chain(f, i, (uint32_t)s->nr);
	}
	return r;
}

static void use(struct segments *s, uint32_t segment, uint32_t user)
{
	struct segment *g = &s->all[segment - 1];

	if (g->id)
		return;
	s->by_id[s->nr_ids++] = segment - 1;
	g->id = (uint32_t)s->nr_ids;
	g->user = user;
}

/* Gives segments their ids in the order in which a dump meets them. */
static void number_tree(struct segments *s, const struct forest *f, struct forest_root root,
			uint32_t user)
{
	struct forest_walk w;
	struct forest_step step;
	uint32_t segment = 0;

	forest_walk_init(&w, f, root);
	for (;;) {
		step = forest_walk_next(&w);
		if (step.kind == FOREST_STEP_END || step.kind == FOREST_STEP_DAMAGE)
			return;
		segment = step.kind == FOREST_STEP_NODE ?
			segments_of_node(f, &f->nodes[step.index]) :
			f->leaves[step.index].segment;
		if (!segment)
			continue;
		use(s, segment, user);
		if (step.kind == FOREST_STEP_NODE)
			forest_walk_skip(&w);
	}
}

int segments_init(struct segments *s, struct forest *f, const struct forest_root *roots,
		  size_t nr)
{
	int r;

	*s = (struct segments){ .nr = 0 };
	for (size_t i = 0; i < f->nr_leaves; i++)
		f->leaves[i].prev = f->leaves[i].next = FOREST_NONE;
	for (uint32_t height = 1; height <= FOREST_MAX_HEIGHT; height++)
		for (size_t i = 0; i < f->nr_nodes; i++)
			if (f->nodes[i].height == height)
				join_children(f, &f->nodes[i]);
	for (size_t i = 0; i < nr; i++)
		fence(f, &roots[i]);

	r = make_chains(s, f);
	if (r)
		return r;
	s->by_id = alloc_array(s->nr, sizeof(*s->by_id));
	if (!s->by_id)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		number_tree(s, f, roots[i], (uint32_t)i);
	return 0;
}

void segments_exit(struct segments *s)
{
	free(s->all);
	free(s->by_id);
}
