/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * space_map - a small device whose blocks are a space map, for targets that
 * replace one of them.
 *
 *	0 | 1 index block or leaf | 2 bitmap | 3 overflow leaf | 4 ..
 */
#ifndef FUZZ_SPACE_MAP_H
#define FUZZ_SPACE_MAP_H

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pdata/sm_load.h"

enum { SM_INDEX = 1, SM_BITMAP, SM_OVERFLOW, SM_NR = 16 };

struct space_map {
	_Alignas(4096) uint8_t data[SM_NR * META_BLOCK_SIZE];
	struct engine *engine;
};

static inline void *sm_block(struct space_map *m, unsigned where)
{
	return m->data + where * META_BLOCK_SIZE;
}

/* An empty leaf. */
static inline struct node_disk *sm_leaf(struct space_map *m, unsigned where, uint32_t value_size)
{
	struct node_disk *n = sm_block(m, where);

	n->header.flags = cpu_to_le32(NODE_LEAF);
	n->header.value_size = cpu_to_le32(value_size);
	n->header.max_entries = cpu_to_le32(node_max_entries(value_size));
	return n;
}

static inline void sm_init(struct space_map *m)
{
	memset(m->data, 0, sizeof(m->data));
	sm_leaf(m, SM_OVERFLOW, sizeof(__le32));
	if (engine_open_memory(&m->engine, m->data, sizeof(m->data)))
		abort();
}

/* Loads a map of @nr_blocks; every count must then be there or be unknown. */
static inline void sm_try(struct space_map *m, uint64_t nr_blocks, bool is_data)
{
	const struct sm_root root = {
		.nr_blocks = nr_blocks, .index_root = SM_INDEX, .overflow_root = SM_OVERFLOW,
	};
	struct fault_sink sink;
	struct bits several;
	struct walk walk;
	struct refs refs;
	struct sm sm;
	uint64_t nr = 0;

	if (fault_sink_init(&sink, 100) || bits_init(&several, nr_blocks) ||
	    walk_init(&walk, m->engine, SM_NR, NULL, &sink) || refs_init(&refs, nr_blocks))
		abort();
	if (sm_load(&sm, &walk, &refs, &root, is_data ? &several : NULL))
		abort();
	for (uint64_t b = refs_next(&refs, 0); b < nr_blocks && nr < 5000;
	     b = refs_next(&refs, b + 1), nr++)
		if (refs_get(&refs, b) < 0 || refs_get(&refs, b) != sm_stored(&sm, b))
			abort();
	sm_exit(&sm);
	refs_exit(&refs);
	walk_exit(&walk);
	bits_exit(&several);
	fault_sink_exit(&sink);
	engine_close(m->engine);
}

#endif
