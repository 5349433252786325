/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/forest.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "io/stream.h"

void forest_init(struct forest *f, struct engine *e, uint64_t nr_blocks, uint32_t value_size)
{
	*f = (struct forest){ .engine = e, .nr_blocks = nr_blocks, .value_size = value_size };
	pthread_mutex_init(&f->lock, NULL);
}

void forest_exit(struct forest *f)
{
	free(f->nodes);
	free(f->leaves);
	free(f->children);
	free(f->faults);
	free(f->slots);
	pthread_mutex_destroy(&f->lock);
}

static int keep_fault(struct forest *f, const struct fault *fault)
{
	int r = alloc_room(&f->faults, &f->room_faults, f->nr_faults, 1, sizeof(*f->faults));

	if (r)
		return r;
	f->faults[f->nr_faults] = *fault;
	return (int)f->nr_faults++;
}

int forest_add_fault(struct forest *f, const struct fault *fault)
{
	int r;

	pthread_mutex_lock(&f->lock);
	r = keep_fault(f, fault);
	pthread_mutex_unlock(&f->lock);
	return r;
}

static void set_range(struct fault *f, const struct forest_bounds *b)
{
	if (b->low > b->last)
		return;
	f->begin = b->low;
	f->end = b->last == UINT64_MAX ? UINT64_MAX : b->last + 1;
}

static int judge_bounds(const struct node *n, const struct forest_bounds *b, uint64_t where,
			struct fault *f)
{
	uint64_t first = n->nr_entries ? node_key(n, 0) : b->last;
	uint64_t last = n->nr_entries ? node_key(n, n->nr_entries - 1) : b->last;

	/* Bounds that no key is in: it is reached from two places in one tree. */
	if (first < b->low || b->low > b->last)
		return fault(f, FAULT_NODE_KEY_LOW, where, first, b->low);
	if (last > b->last)
		return fault(f, FAULT_NODE_KEY_HIGH, where, last, b->last + 1);
	return 0;
}

static int judge(const struct forest *f, uint64_t where, const struct forest_bounds *b,
		 uint32_t height, const void *block, struct node *n, struct fault *fa)
{
	int r = node_parse(n, block, where, f->value_size, fa);

	if (r)
		return r;
	if (n->leaf != !height)
		return fault(fa, FAULT_NODE_DEPTH, where, height,
			     height ? NODE_INTERNAL : NODE_LEAF);
	return judge_bounds(n, b, where, fa);
}

int forest_judge_leaf(const struct forest *f, uint32_t index, const void *block, int error,
		      struct node *n, struct fault *fa)
{
	const struct forest_leaf *leaf = &f->leaves[index];
	int r = block ? judge(f, leaf->block, &leaf->bounds, 0, block, n, fa) :
			fault(fa, FAULT_BLOCK_IO, leaf->block, (uint64_t)-error, 0);

	if (r)
		set_range(fa, &leaf->bounds);
	return r;
}

static int judge_children(const struct forest *f, uint64_t where, const struct node *n,
			  struct fault *fa)
{
	for (uint32_t i = 0; i < n->nr_entries; i++)
		if (node_value64(n, i) >= f->nr_blocks)
			return fault(fa, FAULT_PTR_RANGE, where, node_value64(n, i),
				     f->nr_blocks);
	return 0;
}

/* No child may be known at another height already. */
static int judge_heights(const struct forest *f, uint64_t where, const struct node *n,
			 uint32_t height, struct fault *fa)
{
	for (uint32_t i = 0; i < n->nr_entries; i++) {
		uint32_t slot = f->slots[node_value64(n, i)];
		uint32_t known = slot & FOREST_SLOT_NODE ?
			f->nodes[(slot & ~FOREST_SLOT_NODE) - 1].height : 0;

		if (slot && known != height)
			return fault(fa, FAULT_PTR_HEIGHT, where, height, known);
	}
	return 0;
}

static void narrow(struct forest_bounds *to, const struct forest_bounds *b)
{
	if (b->low > to->low)
		to->low = b->low;
	if (b->last < to->last)
		to->last = b->last;
}

static uint32_t reach_leaf(struct forest *f, uint32_t block, const struct forest_bounds *b,
			   bool shared)
{
	uint32_t *slot = &f->slots[block];
	struct forest_leaf *leaf;

	if (*slot) {
		leaf = &f->leaves[*slot - 1];
		leaf->shared = true;
		f->any_shared = true;
		narrow(&leaf->bounds, b);
		return *slot - 1;
	}
	leaf = &f->leaves[f->nr_leaves++];
	*leaf = (struct forest_leaf){ .bounds = *b, .block = block & ~FOREST_SLOT_NODE };
	leaf->shared = shared;
	*slot = (uint32_t)f->nr_leaves;
	return *slot - 1;
}

static uint32_t reach_node(struct forest *f, uint32_t block, const struct forest_bounds *b,
			   bool shared, uint32_t height)
{
	uint32_t *slot = &f->slots[block];
	struct forest_node *node;

	if (*slot) {
		node = &f->nodes[(*slot & ~FOREST_SLOT_NODE) - 1];
		node->shared = true;
		f->any_shared = true;
		narrow(&node->bounds, b);
		return (*slot & ~FOREST_SLOT_NODE) - 1;
	}
	node = &f->nodes[f->nr_nodes++];
	*node = (struct forest_node){ .bounds = *b, .block = block };
	node->shared = shared;
	node->height = height & 0xff;
	*slot = FOREST_SLOT_NODE | (uint32_t)f->nr_nodes;
	return (*slot & ~FOREST_SLOT_NODE) - 1;
}

static int make_room(struct forest *f, size_t more)
{
	if (alloc_room(&f->nodes, &f->room_nodes, f->nr_nodes, more, sizeof(*f->nodes)) ||
	    alloc_room(&f->leaves, &f->room_leaves, f->nr_leaves, more, sizeof(*f->leaves)))
		return -ENOMEM;
	return f->is_sparse ? 0 : alloc_room(&f->children, &f->room_children, f->nr_children, more,
					     sizeof(*f->children));
}

/* Takes the children of node @index over; they are one level below @height. */
static int adopt(struct forest *f, uint32_t index, const struct node *n)
{
	struct forest_node node = f->nodes[index];
	int r = make_room(f, n->nr_entries);

	if (r)
		return r;
	f->nodes[index].first = (uint32_t)f->nr_children;
	f->nodes[index].nr_children = n->nr_entries & 0xffff;
	for (uint32_t i = 0; i < n->nr_entries; i++) {
		uint32_t block = (uint32_t)node_value64(n, i);
		struct forest_bounds b = { node_key(n, i), node.bounds.last };
		uint32_t child;

		if (i + 1 < n->nr_entries)
			b.last = node_key(n, i + 1) - 1;
		child = node.height == 1 ?
			reach_leaf(f, block, &b, node.shared) :
			reach_node(f, block, &b, node.shared, node.height - 1u);
		if (!f->is_sparse)
			f->children[f->nr_children++] = child;
	}
	return 0;
}

static int read_node(void *arg, unsigned worker, uint64_t where, const void *block, int error)
{
	struct forest *f = arg;
	struct forest_node node;
	uint32_t index;
	struct fault fa;
	struct node n;
	int r;

	(void)worker;
	pthread_mutex_lock(&f->lock);
	index = (f->slots[where] & ~FOREST_SLOT_NODE) - 1;
	node = f->nodes[index];
	pthread_mutex_unlock(&f->lock);

	r = block ? judge(f, where, &node.bounds, node.height, block, &n, &fa) :
		    fault(&fa, FAULT_BLOCK_IO, where, (uint64_t)-error, 0);
	if (!r)
		r = judge_children(f, where, &n, &fa);

	pthread_mutex_lock(&f->lock);
	if (!r)
		r = judge_heights(f, where, &n, node.height - 1u, &fa);
	if (!r)
		r = adopt(f, index, &n);
	if (r == -EUCLEAN) {
		set_range(&fa, &node.bounds);
		r = keep_fault(f, &fa);
		if (r >= 0)
			f->nodes[index].first = (uint32_t)r;
	}
	pthread_mutex_unlock(&f->lock);
	return r < 0 ? r : 0;
}

static int load_levels(struct forest *f, uint32_t height)
{
	struct stream s = { .engine = f->engine, .nr_threads = f->nr_threads };
	struct bits set;
	int r = bits_init(&set, f->nr_blocks);

	for (; !r && height; height--) {
		bits_clear(&set);
		for (size_t i = 0; i < f->nr_nodes; i++)
			if (f->nodes[i].height == height)
				bits_add(&set, f->nodes[i].block);
		r = stream_visit(&s, &set, read_node, f);
	}
	bits_exit(&set);
	return r;
}

/* Enters the roots at their heights; returns the largest one. */
static uint32_t plant(struct forest *f, const uint32_t *blocks, size_t nr,
		      struct forest_root *roots, const uint8_t *heights)
{
	static const struct forest_bounds all = { 0, UINT64_MAX };
	uint32_t highest = 0;

	for (size_t i = 0; i < nr; i++) {
		if (roots[i].kind == FOREST_LEAF)
			roots[i].index = reach_leaf(f, blocks[i], &all, false);
		if (roots[i].kind != FOREST_NODE)
			continue;
		roots[i].index = reach_node(f, blocks[i], &all, false, heights[i]);
		if (heights[i] > highest)
			highest = heights[i];
	}
	return highest;
}

int forest_load(struct forest *f, unsigned nr_threads, const uint32_t *blocks, size_t nr,
		struct forest_root *roots)
{
	uint8_t *heights = alloc_array(nr, 1);
	int r = heights ? 0 : -ENOMEM;

	f->nr_threads = nr_threads;
	if (!r)
		r = forest_probe(f, blocks, nr, roots, heights);
	if (!r)
		r = make_room(f, nr);
	f->slots = alloc_array(f->nr_blocks, sizeof(*f->slots));
	if (!f->slots)
		r = -ENOMEM;
	if (!r)
		r = load_levels(f, plant(f, blocks, nr, roots, heights));
	if (!f->is_sparse) {
		free(f->slots);
		f->slots = NULL;
	}
	free(heights);
	return r;
}
