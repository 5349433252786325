/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/ls_blame.h"

#include <stdlib.h>

#include "base/alloc.h"

/* Is the block in the node, or below it?  What is below has been marked before. */
static bool has_block(const struct forest *forest, const bool *marks, const struct forest_node *n,
		      uint64_t where)
{
	const uint32_t *children = forest_children(forest, n);

	if (n->block == where)
		return true;
	for (uint32_t i = 0; i < n->nr_children; i++)
		if (n->height == 1 ? forest->leaves[children[i]].block == where :
				     marks[children[i]])
			return true;
	return false;
}

static void mark(const struct forest *forest, bool *marks, uint64_t where)
{
	for (unsigned height = 1; height <= FOREST_MAX_HEIGHT; height++)
		for (size_t i = 0; i < forest->nr_nodes; i++)
			if (forest->nodes[i].height == height)
				marks[i] = has_block(forest, marks, &forest->nodes[i], where);
}

static bool is_hit(const struct forest *forest, const bool *marks, struct forest_root root,
		   uint64_t where)
{
	switch (root.kind) {
	case FOREST_EMPTY:
		break;
	case FOREST_LEAF:
		return forest->leaves[root.index].block == where;
	case FOREST_NODE:
		return marks[root.index];
	case FOREST_DAMAGE:
		return forest->faults[root.index].where == where;
	}
	return false;
}

int ls_blame(const struct forest *forest, const struct ls_blame_tree *trees, size_t nr,
	     struct fault *f)
{
	bool *marks = alloc_array(forest->nr_nodes, sizeof(*marks));

	if (!marks)
		return -ENOMEM;
	mark(forest, marks, f->where);
	for (size_t i = 0; i < nr; i++) {
		uint32_t id = trees[i].dev_id;

		if (id == FAULT_NO_DEV || !is_hit(forest, marks, trees[i].root, f->where))
			continue;
		f->shared = f->dev_id != FAULT_NO_DEV && f->dev_id != id;
		if (id < f->dev_id || f->dev_id == FAULT_NO_DEV)
			f->dev_id = id;
		if (f->shared)
			break;
	}
	free(marks);
	return 0;
}
