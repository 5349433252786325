/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "base/alloc.h"
#include "io/stream.h"
#include "thin/forest.h"

/* What is known of a block: two bits of kind, and a block or an index. */
enum {
	PROBE_UNKNOWN,
	PROBE_LEAF = 1,
	PROBE_EMPTY = 2,
	PROBE_CHILD = 1 << 30,		/* an inner node; its first child */
	PROBE_DAMAGE = 1u << 31,	/* its fault */
	PROBE_VALUE = PROBE_CHILD - 1,
};

static uint32_t look_at(struct forest *f, const void *block, uint64_t where, int error,
			struct fault *fa)
{
	struct node n;
	int r = block ? node_parse(&n, block, where, f->value_size, fa) :
			fault(fa, FAULT_BLOCK_IO, where, (uint64_t)-error, 0);

	if (r)
		return PROBE_DAMAGE;
	if (n.leaf)
		return n.nr_entries ? PROBE_LEAF : PROBE_EMPTY;
	if (node_value64(&n, 0) >= f->nr_blocks) {
		fault(fa, FAULT_PTR_RANGE, where, node_value64(&n, 0), f->nr_blocks);
		return PROBE_DAMAGE;
	}
	return PROBE_CHILD | (uint32_t)node_value64(&n, 0);
}

static int probe_block(void *arg, unsigned worker, uint64_t where, const void *block, int error)
{
	struct forest *f = arg;
	struct fault fa;
	uint32_t found = look_at(f, block, where, error, &fa);
	int index = 0;

	(void)worker;
	if (found == PROBE_DAMAGE) {
		fa.end = UINT64_MAX;
		index = forest_add_fault(f, &fa);
		if (index < 0)
			return index;
	}
	f->probes[where] = found | (uint32_t)index;
	return 0;
}

/* Goes down from @block as far as is known; says how far. */
static unsigned descend(const struct forest *f, uint32_t *block)
{
	unsigned depth = 0;

	while (f->probes[*block] & PROBE_CHILD && depth <= FOREST_MAX_HEIGHT) {
		*block = f->probes[*block] & PROBE_VALUE;
		depth++;
	}
	return depth;
}

/* Gathers the blocks that have to be read next. */
static void gather(const struct forest *f, const uint32_t *blocks, size_t nr, struct bits *set)
{
	bits_clear(set);
	for (size_t i = 0; i < nr; i++) {
		uint32_t block = blocks[i];

		descend(f, &block);
		if (f->probes[block] == PROBE_UNKNOWN)
			bits_add(set, block);
	}
}

/* Damage further down takes only what the nodes above it have there. */
static int limit_range(struct forest *f, uint32_t block, struct fault *fa)
{
	void *data = alloc_blocks(1);
	struct fault ignored;
	struct node n;

	if (!data)
		return -ENOMEM;
	for (; f->probes[block] & PROBE_CHILD; block = f->probes[block] & PROBE_VALUE) {
		if (engine_read(f->engine, data, block, 1) ||
		    node_parse(&n, data, block, f->value_size, &ignored) || n.leaf)
			break;
		fa->begin = node_key(&n, 0);
		if (n.nr_entries > 1)
			fa->end = node_key(&n, 1);
	}
	free(data);
	return 0;
}

/* Says what the tree at @block is. */
static int conclude(struct forest *f, uint32_t block, struct forest_root *root, uint8_t *height)
{
	uint32_t top = block;
	unsigned depth = descend(f, &block);
	uint32_t found = f->probes[block];
	struct fault fa;
	int index;

	*root = (struct forest_root){ .kind = depth ? FOREST_NODE : FOREST_LEAF };
	*height = (uint8_t)depth;
	if (depth > FOREST_MAX_HEIGHT) {
		fault(&fa, FAULT_NODE_DEPTH, top, depth, NODE_LEAF);
		fa.end = UINT64_MAX;
		index = forest_add_fault(f, &fa);
		if (index < 0)
			return index;
		*root = (struct forest_root){ FOREST_DAMAGE, (uint32_t)index };
	} else if (found & PROBE_DAMAGE) {
		*root = (struct forest_root){ FOREST_DAMAGE, found & PROBE_VALUE };
		/* Of several trees the first one tells the range. */
		if (depth && f->faults[root->index].end == UINT64_MAX)
			return limit_range(f, top, &f->faults[root->index]);
	} else if (found == PROBE_EMPTY && !depth) {
		root->kind = FOREST_EMPTY;
	}
	return 0;
}

int forest_probe(struct forest *f, const uint32_t *blocks, size_t nr, struct forest_root *roots,
		 uint8_t *heights)
{
	struct stream s = { .engine = f->engine, .nr_threads = f->nr_threads };
	struct bits set;
	int r;

	f->probes = alloc_array(f->nr_blocks, sizeof(*f->probes));
	r = bits_init(&set, f->nr_blocks);
	if (!f->probes)
		r = -ENOMEM;
	for (unsigned round = 0; !r && round <= FOREST_MAX_HEIGHT; round++) {
		gather(f, blocks, nr, &set);
		if (!set.count)
			break;
		r = stream_visit(&s, &set, probe_block, f);
	}
	for (size_t i = 0; !r && i < nr; i++)
		r = conclude(f, blocks[i], &roots[i], &heights[i]);
	bits_exit(&set);
	free(f->probes);
	f->probes = NULL;
	return r;
}
