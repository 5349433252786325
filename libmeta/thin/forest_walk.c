/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/forest_walk.h"

void forest_walk_init(struct forest_walk *w, const struct forest *f, struct forest_root root)
{
	w->forest = f;
	w->root = root;
	w->begun = false;
	w->depth = 0;
}

static struct forest_step enter(struct forest_walk *w, uint32_t node)
{
	const struct forest_node *n = &w->forest->nodes[node];

	if (!n->nr_children)
		return (struct forest_step){ FOREST_STEP_DAMAGE, n->first };
	w->path[w->depth].node = node;
	w->path[w->depth].next = 0;
	w->depth++;
	return (struct forest_step){ FOREST_STEP_NODE, node };
}

static struct forest_step begin(struct forest_walk *w)
{
	w->begun = true;
	switch (w->root.kind) {
	case FOREST_LEAF:
		return (struct forest_step){ FOREST_STEP_LEAF, w->root.index };
	case FOREST_NODE:
		return enter(w, w->root.index);
	case FOREST_DAMAGE:
		return (struct forest_step){ FOREST_STEP_DAMAGE, w->root.index };
	case FOREST_EMPTY:
		break;
	}
	return (struct forest_step){ FOREST_STEP_END, 0 };
}

struct forest_step forest_walk_next(struct forest_walk *w)
{
	if (!w->begun)
		return begin(w);
	while (w->depth) {
		uint32_t *next = &w->path[w->depth - 1].next;
		const struct forest_node *n = &w->forest->nodes[w->path[w->depth - 1].node];
		uint32_t child;

		if (*next == n->nr_children) {
			w->depth--;
			continue;
		}
		child = forest_children(w->forest, n)[(*next)++];
		if (n->height > 1)
			return enter(w, child);
		return (struct forest_step){ FOREST_STEP_LEAF, child };
	}
	return (struct forest_step){ FOREST_STEP_END, 0 };
}

void forest_walk_skip(struct forest_walk *w)
{
	w->depth--;
}
