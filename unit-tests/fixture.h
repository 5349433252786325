/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fixture - small valid metadata, made in code, for tests to spoil.
 *
 * A struct disk is a device in memory whose reads and writes can be made to
 * fail.  Nodes are put together entry by entry and sealed when they are done.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"
#include "base/fault.h"
#include "io/engine.h"
#include "meta/format.h"
#include "meta/thin_check.h"

struct disk {
	struct engine engine;	/* comes first */
	uint8_t *data;
	uint64_t nr_blocks;
	uint64_t next;		/* the first block that nobody has taken */
	struct bits unreadable;
	uint64_t nr_reads;	/* requests, atomically */
	uint64_t nr_blocks_read;
	uint64_t nr_writes;
	uint64_t most_writes;	/* the power fails after these */
};

/* Zeroed; ends the run when there is no memory. */
void disk_init(struct disk *d, uint64_t nr_blocks);
void disk_exit(struct disk *d);
/* The bytes of one block. */
void *disk_block(const struct disk *d, uint64_t where);
/* Takes a block. */
uint64_t disk_new(struct disk *d);

/* An empty node, not sealed, with the usual room. */
void node_make(void *block, uint32_t flags, uint32_t value_size);
/* Puts an entry behind the others. */
void node_put(void *block, uint64_t key, const void *value);
void node_put64(void *block, uint64_t key, uint64_t value);
/* Where the fields of entry @i are. */
void *node_key_at(void *block, uint32_t i);
void *node_value_at(void *block, uint32_t i);

/* Gives a node, not sealed, room for only @max entries: its values move. */
void node_shrink(void *block, uint32_t max);

/*
 * Builds a tree of @nr entries; @keys NULL: 0, 1, 2...  Entries go evenly into
 * as many leaves as it takes for at most @per_leaf; gives the root.
 */
struct tree_spec {
	uint32_t value_size;
	uint32_t per_leaf;
	uint64_t nr;
	const uint64_t *keys;
	const void *values;
};
uint64_t tree_make(struct disk *d, const struct tree_spec *spec);

/* Little-endian stores of 4 and 8 bytes. */
void put32(void *to, uint32_t v);
void put64(void *to, uint64_t v);
uint32_t get32(const void *from);
uint64_t get64(const void *from);

/* Seals again as what it is by @salt, keeping the place that it says. */
void reseal(void *block, uint32_t salt);

/*
 * A pool with a block of every kind:
 *
 *	superblock -- top root -- top leaf 0 (devices 0..84), 1 (85..169)
 *	    |     \__ details root -- two leaves
 *	    |\__ held superblock -- held top root -- top leaf 0, held top leaf
 *	    |                    \_ held details root -- details leaf 0, own leaf
 *	    |\__ data index root -- two leaves -- 120 bitmaps; overflow: root, two leaves
 *	     \__ metadata index block -- bitmap; overflow: one leaf
 *
 * Device 0 has two leaves to itself.  Devices 1, 2 and 3 share a leaf, and
 * name the same data blocks in leaves of their own.  All others have the same
 * leaf as root; in the metadata snapshot device 169 has another one.
 */
enum pool_block {
	POOL_SB, POOL_TOP_ROOT, POOL_TOP_LEAF, POOL_TOP_LEAF1, POOL_DETAILS_ROOT,
	POOL_DETAILS_LEAF, POOL_DETAILS_LEAF1, POOL_DEV0_ROOT, POOL_DEV0_LEAF, POOL_DEV0_LEAF1,
	POOL_DEV1_ROOT, POOL_SHARED_LEAF, POOL_DEV1_LEAF, POOL_DEV2_LEAF, POOL_MANY_LEAF,
	POOL_HELD_SB, POOL_HELD_TOP, POOL_HELD_TOP_LEAF, POOL_HELD_DETAILS,
	POOL_HELD_DETAILS_LEAF, POOL_HELD_LEAF,
	POOL_INDEX_ROOT, POOL_INDEX_LEAF, POOL_INDEX_LEAF1, POOL_DATA_BITMAP, POOL_DATA_BITMAP1,
	POOL_DATA_BITMAP_LAST, POOL_DATA_OVER, POOL_DATA_OVER_LEAF, POOL_DATA_OVER_LEAF1,
	POOL_META_INDEX, POOL_META_BITMAP, POOL_META_OVER,
	NR_POOL_BLOCKS
};

#define POOL_NR_DEVS	170u
/* A fuzz target has a smaller one, with a single leaf as index. */
#ifndef POOL_NR_BITMAPS
#define POOL_NR_BITMAPS	120u
#define POOL_NR_BLOCKS	512u
#endif
#define POOL_NR_DATA	((POOL_NR_BITMAPS - 1) * 16320ull + 1000)
#define POOL_TIME	5u
#define POOL_TRANSACTION 700u

struct pool {
	struct disk disk;
	uint64_t at[NR_POOL_BLOCKS];
};

/* Makes it, sound in all respects; ends the run when there is no memory. */
void pool_init(struct pool *p);
/* Frees it. */
void pool_exit(struct pool *p);

/*
 * Counts all pointers and writes both space maps, in place of those there are
 * already: what a pool needs after its trees were changed on purpose.
 */
void pool_count(struct pool *p);

/* Makes it without the metadata snapshot, and counts it. */
void pool_init_without_held(struct pool *p);

/* The salt that a pool's block is sealed with. */
uint32_t pool_salt(enum pool_block b);

/* As thin_check() with one thread, ends the run on errors that are not damage. */
struct thin_check_report *check_disk(struct disk *d, unsigned nr_threads);

/* thin_check_mend() without undo. */
int repair_in_place(struct engine *e, enum thin_check_mend_what what, unsigned nr_threads);

/* Codes that check_disk() has seen. */
extern bool codes_seen[NR_FAULT_CODES];

/* Prints what was found, for a test that failed. */
void print_report(const struct thin_check_report *rep);

#endif
