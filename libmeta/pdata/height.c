/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdata/height.h"

#include <stdlib.h>

#include "base/alloc.h"

/* What a probe found; else it is the first child. */
#define PROBE_LEAF	0u
#define PROBE_BAD	UINT32_MAX

/* So many reads are spent on a tree whose first path is damaged, and on all. */
#define MAX_DETOURS	4096u
#define MAX_ALL_DETOURS	65536u

struct search {
	struct walk *walk;
	const struct walk_tree *tree;
	struct bits probes;
	uint32_t *found;		/* by block; only of the present probes */
	uint32_t *probe;		/* by root: where its path is; PROBE_BAD: ended */
	unsigned detours;		/* that are left for this tree, */
	uint64_t all_detours;		/* and for all of them */
	unsigned guess;			/* levels, if the detour finds no leaf */
	uint64_t path[WALK_HEIGHTS];	/* of the detour */
	void *levels;			/* blocks, one for each height, for detours */
};

static uint32_t first_child(const struct search *s, const struct node *n)
{
	uint64_t child = node_value64(n, 0);

	return child && child < s->walk->nr_blocks ? (uint32_t)child : PROBE_BAD;
}

static int probe(void *arg, unsigned worker, uint64_t where, const void *block, int error)
{
	struct search *s = arg;
	struct fault f;
	struct node n;

	(void)worker;
	if (error || node_parse(&n, block, where, s->tree->value_size, &f))
		s->found[where] = PROBE_BAD;
	else
		s->found[where] = n.leaf ? PROBE_LEAF : first_child(s, &n);
	return 0;
}

static bool is_loop(const struct search *s, uint64_t where, unsigned depth)
{
	while (depth--)
		if (s->path[depth] == where)
			return true;
	return false;
}

static bool has_budget(struct search *s)
{
	if (!s->detours || !s->all_detours)
		return false;
	s->detours--;
	s->all_detours--;
	return true;
}

/*
 * Reads on below @where, child by child, until a leaf shows its height; 0 if
 * there is none.  The guess is then that the children of the lowest good node
 * are leaves.
 */
static unsigned detour(struct search *s, uint64_t where, unsigned depth)
{
	void *block = (char *)s->levels + (size_t)depth * META_BLOCK_SIZE;
	unsigned levels = 0;
	struct fault f;
	struct node n;

	if (!where || where >= s->walk->nr_blocks || is_loop(s, where, depth) ||
	    !has_budget(s) || engine_read(s->walk->engine, block, where, 1) ||
	    node_parse(&n, block, where, s->tree->value_size, &f))
		return 0;
	if (n.leaf)
		return 1;
	if (depth + 1 == WALK_HEIGHTS)
		return 0;
	s->path[depth] = where;
	if (s->guess < depth + 2)
		s->guess = depth + 2;
	for (uint32_t i = 0; i < n.nr_entries && !levels; i++)
		levels = detour(s, node_value64(&n, i), depth + 1);
	return levels ? levels + 1 : 0;
}

static int find_by_detour(struct search *s, struct walk_root *root)
{
	unsigned levels;

	if (!s->levels)
		s->levels = alloc_blocks(WALK_HEIGHTS);
	if (!s->levels)
		return -ENOMEM;
	s->detours = MAX_DETOURS;
	s->guess = 1;
	levels = detour(s, root->where, 0);
	root->height = (levels ? levels : s->guess) - 1;
	return 0;
}

/* One step for all; *@on says whether there is another one. */
static int step(struct search *s, struct walk_root *roots, uint64_t nr_roots, bool *on)
{
	int r = stream_visit(&s->walk->stream, &s->probes, probe, s);

	bits_clear(&s->probes);
	*on = false;
	for (uint64_t i = 0; i < nr_roots && !r; i++) {
		uint32_t next;

		if (s->probe[i] == PROBE_BAD)
			continue;
		next = s->found[s->probe[i]];
		s->probe[i] = PROBE_BAD;
		if (next == PROBE_LEAF)
			continue;
		if (next == PROBE_BAD || roots[i].height + 1 == WALK_HEIGHTS) {
			r = find_by_detour(s, &roots[i]);
			continue;
		}
		roots[i].height++;
		s->probe[i] = next;
		bits_add(&s->probes, next);
		*on = true;
	}
	return r;
}

int height_find(struct walk *w, const struct walk_tree *tree, struct walk_root *roots,
		uint64_t nr_roots)
{
	/* Each of many trees that share a damaged leaf has to look a little. */
	struct search s = {
		.walk = w, .tree = tree, .all_detours = MAX_ALL_DETOURS + 16 * nr_roots,
	};	bool on = true;
	int r = -ENOMEM;

	if (bits_init(&s.probes, w->nr_blocks))
		return -ENOMEM;
	s.found = alloc_array(w->nr_blocks, sizeof(*s.found));
	s.probe = alloc_array(nr_roots, sizeof(*s.probe));
	if (!s.found || !s.probe)
		goto out;
	for (uint64_t i = 0; i < nr_roots; i++) {
		bool legal = roots[i].where && roots[i].where < w->nr_blocks;

		roots[i].height = 0;
		s.probe[i] = legal ? (uint32_t)roots[i].where : PROBE_BAD;
		if (legal)
			bits_add(&s.probes, roots[i].where);
	}
	for (r = 0; on && !r;)
		r = step(&s, roots, nr_roots, &on);
out:
	bits_exit(&s.probes);
	free(s.found);
	free(s.probe);
	free(s.levels);
	return r;
}
