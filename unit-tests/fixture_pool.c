/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pool of fixture.h: its trees, and the space maps that fit them. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "pdata/bitmap.h"

#define MOST_DATA	4096u		/* data blocks from here on are free */
#define OLD_TIME	1u

/* A node that is being made. */
struct maker {
	struct pool *p;
	void *block;
	uint64_t where;
};

static void begin(struct maker *m, struct pool *p, enum pool_block b, uint32_t flags, uint32_t size)
{
	m->p = p;
	m->where = disk_new(&p->disk);
	m->block = disk_block(&p->disk, m->where);
	p->at[b] = m->where;
	node_make(m->block, flags, size);
}

static void end(struct maker *m)
{
	block_seal(m->block, m->where, NODE_SALT);
}

/* Mappings of @nr thin blocks from @thin on. */
static void map(struct maker *m, uint64_t thin, uint64_t data, uint32_t nr, uint32_t time)
{
	for (uint32_t i = 0; i < nr; i++)
		node_put64(m->block, thin + i, thin_mapping_pack(data + i, time));
}

static void make_mappings(struct pool *p, enum pool_block b, uint64_t thin, uint64_t data,
		      uint32_t nr, uint32_t time)
{
	struct maker m;

	begin(&m, p, b, NODE_LEAF, 8);
	map(&m, thin, data, nr, time);
	end(&m);
}

static void make_device0(struct pool *p)
{
	struct maker m;

	make_mappings(p, POOL_DEV0_LEAF, 0, 1000, 100, POOL_TIME);
	make_mappings(p, POOL_DEV0_LEAF1, 100, 1100, 100, 0);
	begin(&m, p, POOL_DEV0_ROOT, NODE_INTERNAL, 8);
	node_put64(m.block, 0, p->at[POOL_DEV0_LEAF]);
	node_put64(m.block, 100, p->at[POOL_DEV0_LEAF1]);
	end(&m);
}

/* A device that shares one leaf as a whole and two by what they name. */
static uint64_t make_sharer(struct pool *p, unsigned dev)
{
	enum pool_block leaf = dev == 2 ? POOL_DEV2_LEAF : POOL_DEV1_LEAF;
	uint64_t kept = p->at[POOL_DEV1_LEAF], kept_root = p->at[POOL_DEV1_ROOT];
	uint64_t first, second, root;
	struct maker m;

	make_mappings(p, leaf, 200, 200, 120, OLD_TIME);
	first = p->at[leaf];
	begin(&m, p, leaf, NODE_LEAF, 8);
	map(&m, 400, 400, 120, OLD_TIME);
	map(&m, 600, 2000 + 10 * dev, 10, POOL_TIME);
	end(&m);
	second = m.where;
	begin(&m, p, POOL_DEV1_ROOT, NODE_INTERNAL, 8);
	node_put64(m.block, 0, p->at[POOL_SHARED_LEAF]);
	node_put64(m.block, 200, first);
	node_put64(m.block, 400, second);
	end(&m);
	root = m.where;
	p->at[leaf] = first;
	if (dev > 1) {
		p->at[POOL_DEV1_ROOT] = kept_root;
		p->at[POOL_DEV1_LEAF] = kept;
	}
	return root;
}

/* Devices @first to @last - 1. */
static void make_top_leaf(struct pool *p, enum pool_block b, const uint64_t *roots, unsigned first,
			  unsigned last)
{
	struct maker m;

	begin(&m, p, b, NODE_LEAF, 8);
	for (unsigned dev = first; dev < last; dev++)
		node_put64(m.block, dev, roots[dev]);
	end(&m);
}

static void make_details_leaf(struct pool *p, enum pool_block b, unsigned first, unsigned last)
{
	struct maker m;

	begin(&m, p, b, NODE_LEAF, sizeof(struct thin_details_disk));
	for (unsigned dev = first; dev < last; dev++) {
		struct thin_details_disk d = {
			.mapped_blocks = cpu_to_le64(dev ? dev < 4 ? 350 : 10 : 200),
			.transaction_id = cpu_to_le64(dev),
			.creation_time = cpu_to_le32(dev ? dev < 4 ? 1 : 2 : 0),
			.snapshotted_time = cpu_to_le32(dev ? dev < 4 ? 4 : 3 : 0),
		};

		node_put(m.block, dev, &d);
	}
	end(&m);
}

static void make_root(struct pool *p, enum pool_block b, enum pool_block left,
		      enum pool_block right)
{
	struct maker m;

	begin(&m, p, b, NODE_INTERNAL, 8);
	node_put64(m.block, 0, p->at[left]);
	node_put64(m.block, POOL_NR_DEVS / 2, p->at[right]);
	end(&m);
}

static void make_devices(struct pool *p)
{
	uint64_t roots[POOL_NR_DEVS];

	make_device0(p);
	make_mappings(p, POOL_SHARED_LEAF, 0, 0, 100, OLD_TIME);
	make_mappings(p, POOL_MANY_LEAF, 0, 700, 10, OLD_TIME);
	make_mappings(p, POOL_HELD_LEAF, 0, 800, 10, OLD_TIME);
	roots[0] = p->at[POOL_DEV0_ROOT];
	for (unsigned dev = 1; dev < POOL_NR_DEVS; dev++)
		roots[dev] = dev < 4 ? make_sharer(p, dev) : p->at[POOL_MANY_LEAF];

	make_top_leaf(p, POOL_TOP_LEAF, roots, 0, POOL_NR_DEVS / 2);
	make_top_leaf(p, POOL_TOP_LEAF1, roots, POOL_NR_DEVS / 2, POOL_NR_DEVS);
	make_root(p, POOL_TOP_ROOT, POOL_TOP_LEAF, POOL_TOP_LEAF1);
	make_details_leaf(p, POOL_DETAILS_LEAF, 0, POOL_NR_DEVS / 2);
	make_details_leaf(p, POOL_DETAILS_LEAF1, POOL_NR_DEVS / 2, POOL_NR_DEVS);
	make_root(p, POOL_DETAILS_ROOT, POOL_DETAILS_LEAF, POOL_DETAILS_LEAF1);

	roots[POOL_NR_DEVS - 1] = p->at[POOL_HELD_LEAF];
	make_top_leaf(p, POOL_HELD_TOP_LEAF, roots, POOL_NR_DEVS / 2, POOL_NR_DEVS);
	make_root(p, POOL_HELD_TOP, POOL_TOP_LEAF, POOL_HELD_TOP_LEAF);
	make_details_leaf(p, POOL_HELD_DETAILS_LEAF, POOL_NR_DEVS / 2, POOL_NR_DEVS);
	make_root(p, POOL_HELD_DETAILS, POOL_DETAILS_LEAF, POOL_HELD_DETAILS_LEAF);
}

static void make_index(struct pool *p)
{
	struct index_entry_disk entries[POOL_NR_BITMAPS];
	const struct tree_spec spec = {
		.value_size = sizeof(*entries), .per_leaf = 60, .nr = POOL_NR_BITMAPS,
		.values = entries,
	};

	for (unsigned i = 0; i < POOL_NR_BITMAPS; i++)
		entries[i] = (struct index_entry_disk){
			.bitmap = cpu_to_le64(disk_new(&p->disk)),
		};
	p->at[POOL_DATA_BITMAP] = le64_to_cpu(entries[0].bitmap);
	p->at[POOL_DATA_BITMAP1] = le64_to_cpu(entries[1].bitmap);
	p->at[POOL_DATA_BITMAP_LAST] = le64_to_cpu(entries[POOL_NR_BITMAPS - 1].bitmap);
	p->at[POOL_INDEX_ROOT] = tree_make(&p->disk, &spec);
	p->at[POOL_INDEX_LEAF] = p->at[POOL_INDEX_ROOT] + (POOL_NR_BITMAPS > 60);
	p->at[POOL_INDEX_LEAF1] = p->at[POOL_INDEX_LEAF] + (POOL_NR_BITMAPS > 60);
	for (enum pool_block b = POOL_DATA_OVER; b <= POOL_META_OVER; b++)
		p->at[b] = disk_new(&p->disk);
}

static void make_superblocks(struct pool *p)
{
	struct thin_sb_disk *d = disk_block(&p->disk, THIN_SB_WHERE);
	struct thin_sb_disk *held;

	p->at[POOL_HELD_SB] = disk_new(&p->disk);
	*d = (struct thin_sb_disk){
		.magic = cpu_to_le64(THIN_SB_MAGIC), .version = cpu_to_le32(THIN_SB_VERSION),
		.time = cpu_to_le32(POOL_TIME),
		.transaction_id = cpu_to_le64(POOL_TRANSACTION),
		.data_block_size = cpu_to_le32(128), .metadata_block_size = cpu_to_le32(8),
		.metadata_nr_blocks = cpu_to_le64(POOL_NR_BLOCKS),
		.mapping_root = cpu_to_le64(p->at[POOL_HELD_TOP]),
		.details_root = cpu_to_le64(p->at[POOL_HELD_DETAILS]),
	};
	held = disk_block(&p->disk, p->at[POOL_HELD_SB]);
	*held = *d;
	block_seal(held, p->at[POOL_HELD_SB], THIN_SB_SALT);
	d->held_root = cpu_to_le64(p->at[POOL_HELD_SB]);
	d->mapping_root = cpu_to_le64(p->at[POOL_TOP_ROOT]);
	d->details_root = cpu_to_le64(p->at[POOL_DETAILS_ROOT]);
	/* The kernel leaves memory contents behind both roots. */
	memset(d->data_sm.unused, 0x5a, sizeof(d->data_sm.unused));
	memset(d->metadata_sm.unused, 0xc3, sizeof(d->metadata_sm.unused));
}

void pool_init(struct pool *p)
{
	memset(p, 0, sizeof(*p));
	disk_init(&p->disk, POOL_NR_BLOCKS);
	disk_new(&p->disk);
	make_devices(p);
	make_index(p);
	make_superblocks(p);
	pool_count(p);
}

void pool_exit(struct pool *p)
{
	disk_exit(&p->disk);
}

uint32_t pool_salt(enum pool_block b)
{
	switch (b) {
	case POOL_SB:
	case POOL_HELD_SB:
		return THIN_SB_SALT;
	case POOL_DATA_BITMAP:
	case POOL_DATA_BITMAP1:
	case POOL_DATA_BITMAP_LAST:
	case POOL_META_BITMAP:
		return BITMAP_SALT;
	case POOL_META_INDEX:
		return INDEX_SALT;
	default:
		return NODE_SALT;
	}
}

/* Counting: each node's entries count once, however often it is reached. */
struct counts {
	struct pool *p;
	uint32_t meta[POOL_NR_BLOCKS];
	uint32_t data[MOST_DATA];
};

typedef void (*entry_fn)(struct counts *c, uint64_t value);

static void count_tree(struct counts *c, uint64_t where, entry_fn entry)
{
	void *block = disk_block(&c->p->disk, where);
	const struct node_disk *n = block;

	if (c->meta[where]++)
		return;
	for (uint32_t i = 0; i < le32_to_cpu(n->header.nr_entries); i++) {
		uint64_t value = get64(node_value_at(block, i));

		if (n->header.flags == cpu_to_le32(NODE_INTERNAL))
			count_tree(c, value, entry);
		else
			entry(c, value);
	}
}

static void no_entry(struct counts *c, uint64_t value)
{
	(void)c;
	(void)value;
}

static void mapping_entry(struct counts *c, uint64_t value)
{
	if (thin_mapping_block(value) < MOST_DATA)
		c->data[thin_mapping_block(value)]++;
}

static void top_entry(struct counts *c, uint64_t value)
{
	count_tree(c, value, mapping_entry);
}

static void count_side(struct counts *c, uint64_t where)
{
	const struct thin_sb_disk *d = disk_block(&c->p->disk, where);

	c->meta[where]++;
	count_tree(c, le64_to_cpu(d->mapping_root), top_entry);
	count_tree(c, le64_to_cpu(d->details_root), no_entry);
	if (d->held_root)
		count_side(c, le64_to_cpu(d->held_root));
}

/* Fills a bitmap and says what its index entry has to say. */
static void write_bitmap(struct pool *p, uint64_t where, const uint32_t *counts, uint32_t nr,
			 struct index_entry_disk *e)
{
	struct bitmap_disk *b = disk_block(&p->disk, where);
	uint32_t nr_free = 0, first = nr;

	memset(b, 0, sizeof(*b));
	for (uint32_t i = nr; i--;) {
		uint32_t count = counts ? counts[i] : 0;

		bitmap_set(b, i, count < 3 ? count : 3);
		nr_free += !count;
		first = count ? first : i;
	}
	block_seal(b, where, BITMAP_SALT);
	*e = (struct index_entry_disk){
		.bitmap = cpu_to_le64(where), .nr_free = cpu_to_le32(nr_free),
		.none_free_before = cpu_to_le32(first),
	};
}

static void write_overflow(struct pool *p, const uint32_t *counts, uint32_t nr,
			   const enum pool_block leaves[2])
{
	uint32_t nr_big = 0, done = 0;

	for (unsigned i = 0; i < 2; i++)
		node_make(disk_block(&p->disk, p->at[leaves[i]]), NODE_LEAF, 4);
	for (uint32_t i = 0; i < nr; i++)
		nr_big += counts[i] > 2;
	for (uint32_t i = 0; i < nr; i++) {
		enum pool_block leaf = leaves[done >= nr_big / 2];
		__le32 count_le = cpu_to_le32(counts[i]);

		if (counts[i] < 3)
			continue;
		node_put(disk_block(&p->disk, p->at[leaf]), i, &count_le);
		done++;
	}
	for (unsigned i = 0; i < 2; i++)
		block_seal(disk_block(&p->disk, p->at[leaves[i]]), p->at[leaves[i]], NODE_SALT);
}

static void write_data_map(struct counts *c, struct sm_root_disk *root)
{
	static const enum pool_block leaves[] = { POOL_DATA_OVER_LEAF, POOL_DATA_OVER_LEAF1 };
	static uint32_t counts[BITMAP_ENTRIES];
	struct pool *p = c->p;
	void *over = disk_block(&p->disk, p->at[POOL_DATA_OVER]);
	uint64_t nr_allocated = 0;

	memcpy(counts, c->data, sizeof(c->data));
	for (unsigned i = 0; i < POOL_NR_BITMAPS; i++) {
		void *leaf = disk_block(&p->disk, p->at[POOL_INDEX_LEAF] + i / 60);
		struct index_entry_disk e;

		memcpy(&e, node_value_at(leaf, i % 60), sizeof(e));
		write_bitmap(p, le64_to_cpu(e.bitmap), i ? NULL : counts,
			     bitmap_used(POOL_NR_DATA, i), &e);
		memcpy(node_value_at(leaf, i % 60), &e, sizeof(e));
		c->meta[le64_to_cpu(e.bitmap)]++;
	}
	reseal(disk_block(&p->disk, p->at[POOL_INDEX_LEAF]), NODE_SALT);
	reseal(disk_block(&p->disk, p->at[POOL_INDEX_LEAF1]), NODE_SALT);

	write_overflow(p, counts, MOST_DATA, leaves);
	node_make(over, NODE_INTERNAL, 8);
	for (unsigned i = 0; i < 2; i++)
		node_put64(over, get64(node_key_at(disk_block(&p->disk, p->at[leaves[i]]), 0)),
			   p->at[leaves[i]]);
	block_seal(over, p->at[POOL_DATA_OVER], NODE_SALT);

	for (uint32_t i = 0; i < MOST_DATA; i++)
		nr_allocated += c->data[i] != 0;
	*root = (struct sm_root_disk){
		.nr_blocks = cpu_to_le64(POOL_NR_DATA), .nr_allocated = cpu_to_le64(nr_allocated),
		.index_root = cpu_to_le64(p->at[POOL_INDEX_ROOT]),
		.overflow_root = cpu_to_le64(p->at[POOL_DATA_OVER]),
	};
}

static void write_metadata_map(struct counts *c, struct sm_root_disk *root)
{
	struct pool *p = c->p;
	struct index_disk *index = disk_block(&p->disk, p->at[POOL_META_INDEX]);
	void *over = disk_block(&p->disk, p->at[POOL_META_OVER]);
	uint64_t nr_allocated = 0;

	memset(index, 0, sizeof(*index));
	write_bitmap(p, p->at[POOL_META_BITMAP], c->meta, POOL_NR_BLOCKS, &index->entries[0]);
	block_seal(index, p->at[POOL_META_INDEX], INDEX_SALT);
	node_make(over, NODE_LEAF, 4);
	for (uint32_t i = 0; i < POOL_NR_BLOCKS; i++) {
		__le32 count_le = cpu_to_le32(c->meta[i]);

		nr_allocated += c->meta[i] != 0;
		if (c->meta[i] > 2)
			node_put(over, i, &count_le);
	}
	block_seal(over, p->at[POOL_META_OVER], NODE_SALT);
	*root = (struct sm_root_disk){
		.nr_blocks = cpu_to_le64(POOL_NR_BLOCKS), .nr_allocated = cpu_to_le64(nr_allocated),
		.index_root = cpu_to_le64(p->at[POOL_META_INDEX]),
		.overflow_root = cpu_to_le64(p->at[POOL_META_OVER]),
	};
}

void pool_count(struct pool *p)
{
	struct thin_sb_disk *d = disk_block(&p->disk, THIN_SB_WHERE);
	static struct counts c;

	memset(&c, 0, sizeof(c));
	c.p = p;
	count_side(&c, THIN_SB_WHERE);
	for (enum pool_block b = POOL_INDEX_ROOT; b < NR_POOL_BLOCKS; b++)
		if (b < POOL_DATA_BITMAP || b > POOL_DATA_BITMAP_LAST)
			c.meta[p->at[b]] = 1;
	write_data_map(&c, &d->data_sm.root);
	write_metadata_map(&c, &d->metadata_sm.root);
	block_seal(d, THIN_SB_WHERE, THIN_SB_SALT);
}

void pool_init_without_held(struct pool *p)
{
	struct thin_sb_disk *d;

	pool_init(p);
	d = disk_block(&p->disk, THIN_SB_WHERE);
	d->held_root = 0;
	reseal(d, THIN_SB_SALT);
	pool_count(p);
}
