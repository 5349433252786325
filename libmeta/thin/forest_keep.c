/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "base/alloc.h"
#include "io/stream.h"
#include "thin/forest.h"

struct keep {
	struct forest *forest;
	const struct bits *leaves;
	uint32_t height;
};

/* Does the child at @block lead to a leaf that is kept?  What is new leads nowhere. */
static bool leads_on(const struct keep *k, uint64_t block, uint32_t *child)
{
	const struct forest *f = k->forest;
	uint32_t slot = block < f->nr_blocks ? f->slots[block] : 0;

	*child = (slot & ~FOREST_SLOT_NODE) - 1;
	if (!slot || !(slot & FOREST_SLOT_NODE) != (k->height == 1))
		return false;
	return k->height == 1 ? bits_has(k->leaves, *child) :
		f->nodes[*child].height == k->height - 1 && f->nodes[*child].nr_children;
}

static int keep_children(struct keep *k, struct forest_node *node, const struct node *n)
{
	struct forest *f = k->forest;
	uint32_t child;

	if (alloc_room(&f->children, &f->room_children, f->nr_children, n->nr_entries,
		       sizeof(*f->children)))
		return -ENOMEM;
	node->first = (uint32_t)f->nr_children;
	for (uint32_t i = 0; i < n->nr_entries; i++)
		if (leads_on(k, node_value64(n, i), &child))
			f->children[f->nr_children++] = child;
	node->nr_children = (f->nr_children - node->first) & 0xffff;
	return 0;
}

static int read_node(void *arg, unsigned worker, uint64_t where, const void *block, int error)
{
	struct keep *k = arg;
	struct forest *f = k->forest;
	struct forest_node *node = &f->nodes[(f->slots[where] & ~FOREST_SLOT_NODE) - 1];
	struct fault fa;
	struct node n;
	int r = block ? node_parse(&n, block, where, f->value_size, &fa) :
			fault(&fa, FAULT_BLOCK_IO, where, (uint64_t)-error, 0);

	(void)worker;
	if (!r && n.leaf)
		r = fault(&fa, FAULT_NODE_DEPTH, where, node->height, NODE_INTERNAL);
	if (r) {
		node->nr_children = 0;
		r = forest_add_fault(f, &fa);
		return r < 0 ? r : 0;
	}
	pthread_mutex_lock(&f->lock);
	r = keep_children(k, node, &n);
	pthread_mutex_unlock(&f->lock);
	return r;
}

int forest_keep(struct forest *f, const struct bits *leaves)
{
	struct stream s = { .engine = f->engine, .nr_threads = f->nr_threads };
	struct keep k = { .forest = f, .leaves = leaves };
	struct bits set;
	int r = bits_init(&set, f->nr_blocks);

	f->nr_children = 0;
	for (k.height = 1; !r && k.height <= FOREST_MAX_HEIGHT; k.height++) {
		bits_clear(&set);
		for (size_t i = 0; i < f->nr_nodes; i++)
			if (f->nodes[i].height == k.height)
				bits_add(&set, f->nodes[i].block);
		r = stream_visit(&s, &set, read_node, &k);
	}
	bits_exit(&set);
	free(f->slots);
	free(f->leaves);
	f->slots = NULL;
	f->leaves = NULL;
	return r;
}
