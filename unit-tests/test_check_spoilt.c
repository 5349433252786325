/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spoils every field of every kind of block, one at a time, and expects what
 * names it and what follows from it, and nothing else.
 */
#include "unit.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "pdata/block.h"

/* One spoilt field.  Codes by name, the one about the field itself first. */
struct row {
	enum pool_block block;
	uint32_t offset;
	uint32_t size;
	uint64_t value;
	const char *want;
	bool unsealed;
	bool elsewhere;			/* the fault is told of another block: */
	enum pool_block at;
	uint32_t dev;			/* told if there is a range: */
	uint64_t begin, end;
};

#define FIELD(type, field) offsetof(type, field), sizeof(((type *)0)->field)
#define NODE(field) FIELD(struct node_header_disk, field)
#define SB(field) FIELD(struct thin_sb_disk, field)
/* Where the fields of a node's entries are, by room for entries and value size. */
#define KEY(i) 32 + 8 * (i), 8
#define VALUE(max, size, i, within, len) 32 + 8 * (max) + (size) * (i) + (within), len
#define POINTER(i) VALUE(252, 8, i, 0, 8)
#define DETAILS(i, field) \
	VALUE(126, 24, i, offsetof(struct thin_details_disk, field), \
	      sizeof(((struct thin_details_disk *)0)->field))
#define INDEX(i, field) \
	VALUE(168, 16, i, offsetof(struct index_entry_disk, field), \
	      sizeof(((struct index_entry_disk *)0)->field))
#define META_ENTRY(i, field) \
	16 + 16 * (i) + (uint32_t)offsetof(struct index_entry_disk, field), \
	sizeof(((struct index_entry_disk *)0)->field)
#define MAP(block, time) ((uint64_t)(block) << 24 | (time))


/* A block that nothing uses: where rows that end in NR_POOL_BLOCKS point. */
#define NOWHERE 400u

static struct pool pool;

static void put(void *to, uint32_t size, uint64_t value)
{
	for (uint32_t i = 0; i < size; i++)
		((uint8_t *)to)[i] = (uint8_t)(i < 8 ? value >> 8 * i : 0);
}

/* Is @name one of the words of @list? */
static bool is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *s = strstr(list, name); s; s = strstr(s + 1, name))
		if ((s == list || s[-1] == ' ') && (!s[len] || s[len] == ' '))
			return true;
	return false;
}

static bool all_are_listed(const struct thin_check_report *rep, const char *want)
{
	for (size_t i = 0; i < rep->nr_faults; i++)
		if (!is_listed(want, fault_name(rep->faults[i].code)))
			return false;
	return true;
}

static bool has_fault(const struct thin_check_report *rep, const char *name, size_t len)
{
	for (size_t i = 0; i < rep->nr_faults; i++)
		if (strlen(fault_name(rep->faults[i].code)) == len &&
		    !strncmp(fault_name(rep->faults[i].code), name, len))
			return true;
	return false;
}

static bool all_are_found(const struct thin_check_report *rep, const char *want)
{
	while (*want) {
		size_t len = strcspn(want, " ");

		if (!has_fault(rep, want, len))
			return false;
		want += len + strspn(want + len, " ");
	}
	return true;
}

/* The first code of the row must name block, device and range. */
static bool is_named(const struct thin_check_report *rep, const struct row *row)
{
	uint64_t where = row->elsewhere ? row->at == NR_POOL_BLOCKS ? NOWHERE : pool.at[row->at] :
			 pool.at[row->block];
	size_t len = strcspn(row->want, " ");

	if (!len)
		return true;
	for (size_t i = 0; i < rep->nr_faults; i++) {
		const struct fault *f = &rep->faults[i];

		if (strlen(fault_name(f->code)) != len ||
		    strncmp(fault_name(f->code), row->want, len) || f->where != where)
			continue;
		if (row->end && (f->begin != row->begin || f->end != row->end ||
				 f->dev_id != row->dev))
			continue;
		return true;
	}
	return false;
}

/* Nothing that is wrong may pass as good, and hints alone must. */
static bool is_judged(const struct thin_check_report *rep)
{
	bool sound = true;

	for (size_t i = 0; i < rep->nr_faults; i++)
		sound = sound && fault_class(&rep->faults[i]) == FAULT_HINT;
	return thin_check_is_good(rep, false) == sound;
}

static void try_row(const struct row *row, unsigned nr)
{
	static uint8_t kept[META_BLOCK_SIZE];
	uint8_t *block = disk_block(&pool.disk, pool.at[row->block]);
	struct thin_check_report *rep;
	bool good;

	memcpy(kept, block, META_BLOCK_SIZE);
	put(block + row->offset, row->size, row->value);
	if (!row->unsealed)
		reseal(block, pool_salt(row->block));
	rep = check_disk(&pool.disk, 1);
	good = all_are_listed(rep, row->want) && all_are_found(rep, row->want) &&
	       is_named(rep, row) && is_judged(rep);
	CHECK_IN(nr, good);
	if (!good) {
		fprintf(stderr, "  row %u, block %llu, byte %u: wanted %s, found\n", nr,
			(unsigned long long)pool.at[row->block], row->offset, row->want);
		print_report(rep);
	}
	thin_check_free(rep);
	memcpy(block, kept, META_BLOCK_SIZE);
}

static void try_rows(const struct row *rows, size_t nr)
{
	pool_init(&pool);
	for (size_t i = 0; i < nr; i++)
		try_row(&rows[i], (unsigned)i);
	pool_exit(&pool);
}

static const struct row superblock_rows[] = {
	{ POOL_SB, SB(csum), 1, .want = "BLOCK_CSUM", .unsealed = true },
	{ POOL_SB, SB(flags), 1, .want = "SB_NEEDS_CHECK" },
	{ POOL_SB, SB(flags), 6, .want = "SB_FLAGS" },
	{ POOL_SB, SB(flags), 3, .want = "SB_FLAGS SB_NEEDS_CHECK" },
	{ POOL_SB, SB(where), 1, .want = "BLOCK_WHERE" },
	{ POOL_SB, SB(uuid), 99, .want = "HELD_UUID", .elsewhere = true, .at = POOL_HELD_SB },
	{ POOL_SB, SB(magic), 27022011, .want = "SB_MAGIC" },
	{ POOL_SB, SB(version), 0, .want = "SB_VERSION HELD_VERSION" },
	{ POOL_SB, SB(version), 3, .want = "SB_VERSION HELD_VERSION" },
	{ POOL_SB, SB(version), 1, .want = "HELD_VERSION", .elsewhere = true, .at = POOL_HELD_SB },
	{ POOL_SB, SB(time), 4, .want = "MAPPING_TIME HELD_TIME",
	  .elsewhere = true, .at = POOL_DEV0_LEAF, .dev = 0, .begin = 0, .end = 100 },
	{ POOL_SB, SB(time), 0, .want = "CREATION_TIME SNAP_TIME MAPPING_TIME HELD_TIME",
	  .elsewhere = true, .at = POOL_DETAILS_LEAF },
	{ POOL_SB, SB(time), 6, .want = "" },
	{ POOL_SB, SB(time), THIN_MAX_TIME, .want = "" },
	{ POOL_SB, SB(time), THIN_MAX_TIME + 1, .want = "SB_TIME" },
	{ POOL_SB, SB(time), UINT32_MAX, .want = "SB_TIME" },
	{ POOL_SB, SB(transaction_id), POOL_TRANSACTION - 1, .want = "HELD_TRANSACTION",
	  .elsewhere = true, .at = POOL_HELD_SB },
	{ POOL_SB, SB(transaction_id), 0, .want = "DETAILS_TRANSACTION HELD_TRANSACTION",
	  .elsewhere = true, .at = POOL_DETAILS_LEAF },
	{ POOL_SB, SB(transaction_id), POOL_TRANSACTION + 1, .want = "" },
	{ POOL_SB, SB(held_root), 0,
	  .want = "META_LEAK DATA_LEAK", .elsewhere = true, .at = POOL_META_BITMAP },
	{ POOL_SB, SB(held_root), 512, .want = "PTR_RANGE" },
	{ POOL_SB, SB(held_root), NOWHERE, .want = "BLOCK_TYPE",
	  .elsewhere = true, .at = NR_POOL_BLOCKS },
	{ POOL_SB, SB(held_root), 7, .want = "BLOCK_TYPE",
	  .elsewhere = true, .at = POOL_DEV1_LEAF },
	{ POOL_SB, SB(data_sm.root.nr_blocks), 0,
	  .want = "DATA_TOTAL INDEX_KEY MAPPING_BLOCK META_LEAK OVERFLOW_RANGE" },
	{ POOL_SB, SB(data_sm.root.nr_blocks), POOL_NR_DATA - 16320,
	  .want = "INDEX_KEY META_LEAK",
	  .elsewhere = true, .at = POOL_INDEX_LEAF1 },
	{ POOL_SB, SB(data_sm.root.nr_blocks), POOL_NR_DATA + 16320,
	  .want = "INDEX_NR DATA_BITMAP_LOST INDEX_NR_FREE",
	  .elsewhere = true, .at = POOL_INDEX_ROOT },
	{ POOL_SB, SB(data_sm.root.nr_blocks), 1ull << 40, .want = "SB_DATA_NR_BLOCKS" },
	{ POOL_SB, SB(data_sm.root.nr_blocks), (1ull << 40) + 1,
	  .want = "SB_DATA_NR_BLOCKS" },
	{ POOL_SB, SB(data_sm.root.nr_allocated), 1, .want = "DATA_TOTAL" },
	{ POOL_SB, SB(data_sm.root.index_root), 0,
	  .want = "PTR_TYPE INDEX_NR DATA_BITMAP_LOST" },
	{ POOL_SB, SB(data_sm.root.index_root), 512,
	  .want = "PTR_RANGE INDEX_NR DATA_BITMAP_LOST" },
	{ POOL_SB, SB(data_sm.root.index_root), 2,
	  .want = "NODE_VALUE_SIZE PTR_TYPE INDEX_NR DATA_BITMAP_LOST",
	  .elsewhere = true, .at = POOL_DEV0_LEAF1 },
	{ POOL_SB, SB(data_sm.root.overflow_root), 0, .want = "PTR_TYPE" },
	{ POOL_SB, SB(data_sm.root.overflow_root), 512, .want = "PTR_RANGE" },
	{ POOL_SB, SB(data_sm.unused), 12345, .want = "" },
	{ POOL_SB, SB(metadata_sm.root.nr_blocks), 513, .want = "SB_DEVICE_SIZE" },
	{ POOL_SB, SB(metadata_sm.root.nr_blocks), 4161601,
	  .want = "SB_DEVICE_SIZE SB_METADATA_LIMIT" },
	{ POOL_SB, SB(metadata_sm.root.nr_blocks), 511,
	  .want = "SB_METADATA_NR_BLOCKS INDEX_NR_FREE" },
	{ POOL_SB, SB(metadata_sm.root.nr_blocks), 300,
	  .want = "SB_METADATA_NR_BLOCKS INDEX_NR_FREE" },
	{ POOL_SB, SB(metadata_sm.root.nr_blocks), 0,
	  .want = "SB_DATA_NR_BLOCKS SB_METADATA_NR_BLOCKS" },
	{ POOL_SB, SB(metadata_sm.root.nr_allocated), 1, .want = "META_TOTAL" },
	{ POOL_SB, SB(metadata_sm.root.index_root), 0,
	  .want = "PTR_TYPE INDEX_NR META_BITMAP_LOST" },
	{ POOL_SB, SB(metadata_sm.root.index_root), 512,
	  .want = "PTR_RANGE INDEX_NR META_BITMAP_LOST" },
	{ POOL_SB, SB(metadata_sm.root.index_root), 1,
	  .want = "BLOCK_TYPE PTR_TYPE INDEX_NR META_BITMAP_LOST",
	  .elsewhere = true, .at = POOL_DEV0_LEAF },
	{ POOL_SB, SB(metadata_sm.root.overflow_root), 0, .want = "PTR_TYPE" },
	{ POOL_SB, SB(metadata_sm.root.overflow_root), 512, .want = "PTR_RANGE" },
	{ POOL_SB, SB(metadata_sm.unused), 12345, .want = "" },
	{ POOL_SB, SB(mapping_root), 0, .want = "PTR_TYPE" },
	{ POOL_SB, SB(mapping_root), 512, .want = "PTR_RANGE" },
	{ POOL_SB, SB(mapping_root), NOWHERE,
	  .want = "BLOCK_TYPE META_LOW", .elsewhere = true, .at = NR_POOL_BLOCKS },
	{ POOL_SB, SB(details_root), 0, .want = "PTR_TYPE" },
	{ POOL_SB, SB(details_root), 512, .want = "PTR_RANGE" },
	{ POOL_SB, SB(details_root), NOWHERE,
	  .want = "BLOCK_TYPE META_LOW", .elsewhere = true, .at = NR_POOL_BLOCKS },
	{ POOL_SB, SB(data_block_size), 0, .want = "SB_DATA_BLOCK_SIZE" },
	{ POOL_SB, SB(data_block_size), 129, .want = "SB_DATA_BLOCK_SIZE" },
	{ POOL_SB, SB(data_block_size), 64, .want = "SB_DATA_BLOCK_SIZE" },
	{ POOL_SB, SB(data_block_size), 2097152 + 128, .want = "SB_DATA_BLOCK_SIZE" },
	{ POOL_SB, SB(data_block_size), 2097152, .want = "HELD_DATA_BLOCK_SIZE",
	  .elsewhere = true, .at = POOL_HELD_SB },
	{ POOL_SB, SB(data_block_size), 384, .want = "HELD_DATA_BLOCK_SIZE",
	  .elsewhere = true, .at = POOL_HELD_SB },
	{ POOL_SB, SB(metadata_block_size), 16, .want = "SB_METADATA_BLOCK_SIZE" },
	{ POOL_SB, SB(metadata_nr_blocks), 513, .want = "SB_METADATA_NR_BLOCKS" },
	{ POOL_SB, SB(metadata_nr_blocks), 0, .want = "" },
	{ POOL_SB, SB(compat_flags), 2, .want = "SB_COMPAT" },
	{ POOL_SB, SB(compat_ro_flags), 2, .want = "SB_COMPAT_RO" },
	{ POOL_SB, SB(incompat_flags), 2, .want = "SB_INCOMPAT" },
	{ POOL_SB, 364, 4, 1, .want = "SB_TAIL" },
	{ POOL_SB, 4095, 1, 1, .want = "SB_TAIL" },
	{ POOL_SB, 4095, 1, 1, .want = "BLOCK_CSUM", .unsealed = true },
};

static void superblock(void)
{
	try_rows(superblock_rows, ARRAY_SIZE(superblock_rows));
}

static const struct row held_superblock_rows[] = {
	{ POOL_HELD_SB, SB(csum), 1, .want = "BLOCK_CSUM", .unsealed = true },
	{ POOL_HELD_SB, SB(flags), 1, .want = "SB_NEEDS_CHECK" },
	{ POOL_HELD_SB, SB(flags), 8, .want = "SB_FLAGS" },
	{ POOL_HELD_SB, SB(where), 1, .want = "BLOCK_WHERE" },
	{ POOL_HELD_SB, SB(where), 0, .want = "BLOCK_WHERE" },
	{ POOL_HELD_SB, SB(uuid), 1, .want = "HELD_UUID" },
	{ POOL_HELD_SB, SB(magic), 1, .want = "SB_MAGIC" },
	{ POOL_HELD_SB, SB(version), 9, .want = "SB_VERSION HELD_VERSION" },
	{ POOL_HELD_SB, SB(version), 1, .want = "HELD_VERSION" },
	{ POOL_HELD_SB, SB(time), 0, .want = "" },
	{ POOL_HELD_SB, SB(time), POOL_TIME + 1, .want = "HELD_TIME" },
	{ POOL_HELD_SB, SB(transaction_id), 0, .want = "" },
	{ POOL_HELD_SB, SB(transaction_id), POOL_TRANSACTION + 1, .want = "HELD_TRANSACTION" },
	{ POOL_HELD_SB, SB(held_root), 5, .want = "HELD_SELF" },
	{ POOL_HELD_SB, SB(data_sm.root.nr_blocks), 5, .want = "HELD_SPACE_MAP" },
	{ POOL_HELD_SB, SB(data_sm.unused), 5, .want = "HELD_SPACE_MAP" },
	{ POOL_HELD_SB, SB(metadata_sm.root.index_root), 5, .want = "HELD_SPACE_MAP" },
	{ POOL_HELD_SB, SB(mapping_root), 0, .want = "PTR_TYPE" },
	{ POOL_HELD_SB, SB(mapping_root), 512, .want = "PTR_RANGE" },
	{ POOL_HELD_SB, SB(details_root), 0, .want = "PTR_TYPE" },
	{ POOL_HELD_SB, SB(details_root), 512, .want = "PTR_RANGE" },
	{ POOL_HELD_SB, SB(data_block_size), 0, .want = "SB_DATA_BLOCK_SIZE" },
	{ POOL_HELD_SB, SB(metadata_block_size), 1, .want = "SB_METADATA_BLOCK_SIZE" },
	{ POOL_HELD_SB, SB(metadata_nr_blocks), 513, .want = "SB_METADATA_NR_BLOCKS" },
	{ POOL_HELD_SB, SB(compat_flags), 1, .want = "SB_COMPAT" },
	{ POOL_HELD_SB, SB(compat_ro_flags), 1, .want = "SB_COMPAT_RO" },
	{ POOL_HELD_SB, SB(incompat_flags), 1, .want = "SB_INCOMPAT" },
	{ POOL_HELD_SB, SB(data_block_size), 256, .want = "HELD_DATA_BLOCK_SIZE" },
	{ POOL_HELD_SB, 364, 4, 1, .want = "SB_TAIL" },
};

static void held_superblock(void)
{
	try_rows(held_superblock_rows, ARRAY_SIZE(held_superblock_rows));
}

static const struct row top_tree_rows[] = {
	{ POOL_TOP_ROOT, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true },
	{ POOL_TOP_ROOT, NODE(flags), 0, .want = "NODE_FLAGS" },
	{ POOL_TOP_ROOT, NODE(flags), 3, .want = "NODE_FLAGS" },
	{ POOL_TOP_ROOT, NODE(flags), 5, .want = "NODE_FLAGS" },
	{ POOL_TOP_ROOT, NODE(flags), 2,
	  .want = "PTR_TYPE DATA_LOW DEV_NO_MAPPINGS MAPPED_BLOCKS "
		  "MAPPING_SHARED MAPPING_TWICE",
	  .elsewhere = true, .at = POOL_TOP_LEAF },
	{ POOL_TOP_ROOT, NODE(where), 1, .want = "BLOCK_WHERE" },
	{ POOL_TOP_ROOT, NODE(nr_entries), 0, .want = "NODE_EMPTY" },
	{ POOL_TOP_ROOT, NODE(nr_entries), 1, .want = "META_LEAK DEV_NO_MAPPINGS",
	  .elsewhere = true, .at = POOL_META_BITMAP },
	{ POOL_TOP_ROOT, NODE(nr_entries), 253, .want = "NODE_NR_ENTRIES" },
	{ POOL_TOP_ROOT, NODE(nr_entries), UINT32_MAX, .want = "NODE_NR_ENTRIES" },
	{ POOL_TOP_ROOT, NODE(max_entries), 0, .want = "NODE_MAX_ENTRIES" },
	{ POOL_TOP_ROOT, NODE(max_entries), 251, .want = "NODE_MAX_ENTRIES" },
	{ POOL_TOP_ROOT, NODE(max_entries), 255, .want = "NODE_MAX_ENTRIES" },
	{ POOL_TOP_ROOT, NODE(max_entries), UINT32_MAX, .want = "NODE_MAX_ENTRIES" },
	{ POOL_TOP_ROOT, NODE(value_size), 4, .want = "NODE_VALUE_SIZE" },
	{ POOL_TOP_ROOT, NODE(value_size), 0, .want = "NODE_VALUE_SIZE" },
	{ POOL_TOP_ROOT, NODE(padding), 1, .want = "NODE_PADDING" },
	{ POOL_TOP_ROOT, KEY(0), 1, .want = "NODE_KEY_LOW",
	  .elsewhere = true, .at = POOL_TOP_LEAF },
	{ POOL_TOP_ROOT, KEY(0), 85, .want = "NODE_KEY_ORDER" },
	{ POOL_TOP_ROOT, KEY(1), 0, .want = "NODE_KEY_ORDER" },
	{ POOL_TOP_ROOT, KEY(1), 84, .want = "NODE_KEY_HIGH",
	  .elsewhere = true, .at = POOL_TOP_LEAF },
	{ POOL_TOP_ROOT, KEY(1), 86, .want = "NODE_KEY_LOW",
	  .elsewhere = true, .at = POOL_TOP_LEAF1 },
	{ POOL_TOP_ROOT, KEY(2), 0, .want = "" },
	{ POOL_TOP_ROOT, POINTER(0), 0, .want = "PTR_TYPE" },
	{ POOL_TOP_ROOT, POINTER(0), 512, .want = "PTR_RANGE" },
	{ POOL_TOP_ROOT, POINTER(1), UINT64_MAX, .want = "PTR_RANGE" },
	{ POOL_TOP_ROOT, POINTER(1), NOWHERE, .want = "BLOCK_TYPE META_LOW",
	  .elsewhere = true, .at = NR_POOL_BLOCKS },
	{ POOL_TOP_ROOT, POINTER(2), 0, .want = "" },
	{ POOL_TOP_LEAF, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true },
	{ POOL_TOP_LEAF, NODE(flags), 1, .want = "NODE_KEY_HIGH NODE_DEPTH NODE_KEY_LOW",
	  .elsewhere = true, .at = POOL_DEV0_ROOT },
	{ POOL_TOP_LEAF, NODE(flags), 0, .want = "NODE_FLAGS" },
	{ POOL_TOP_LEAF, NODE(where), 1, .want = "BLOCK_WHERE" },
	{ POOL_TOP_LEAF, NODE(nr_entries), 83,
	  .want = "NODE_UNDERFULL DEV_NO_MAPPINGS META_LEAK" },
	{ POOL_TOP_LEAF, NODE(nr_entries), 84, .want = "META_LEAK DEV_NO_MAPPINGS",
	  .elsewhere = true, .at = POOL_META_BITMAP },
	{ POOL_TOP_LEAF, NODE(nr_entries), 253, .want = "NODE_NR_ENTRIES" },
	{ POOL_TOP_LEAF, NODE(max_entries), 84, .want = "NODE_NR_ENTRIES" },
	{ POOL_TOP_LEAF, NODE(value_size), 24, .want = "NODE_VALUE_SIZE" },
	{ POOL_TOP_LEAF, NODE(padding), 1, .want = "NODE_PADDING" },
	{ POOL_TOP_LEAF, KEY(84), 85, .want = "NODE_KEY_HIGH" },
	{ POOL_TOP_LEAF, KEY(5), 4, .want = "NODE_KEY_ORDER" },
	{ POOL_TOP_LEAF1, KEY(84), 1u << 24,
	  .want = "DEV_ID DEV_NO_DETAILS DEV_NO_MAPPINGS" },
	{ POOL_TOP_LEAF1, KEY(84), 1ull << 32,
	  .want = "DEV_ID DEV_NO_DETAILS DEV_NO_MAPPINGS" },
	{ POOL_TOP_LEAF1, KEY(84), UINT64_MAX, .want = "NODE_KEY_HIGH" },
	{ POOL_TOP_LEAF1, KEY(84), 1000, .want = "DEV_NO_MAPPINGS DEV_NO_DETAILS",
	  .elsewhere = true, .at = POOL_DETAILS_LEAF1 },
	{ POOL_TOP_LEAF, POINTER(0), 0, .want = "PTR_TYPE" },
	{ POOL_TOP_LEAF, POINTER(0), 512, .want = "PTR_RANGE" },
	{ POOL_TOP_LEAF, POINTER(0), NOWHERE, .want = "BLOCK_TYPE META_LOW",
	  .elsewhere = true, .at = NR_POOL_BLOCKS },
	{ POOL_TOP_LEAF, POINTER(0), 15,
	  .want = "MAPPING_SHARED DATA_LEAK MAPPED_BLOCKS META_LEAK META_LOW",
	  .elsewhere = true, .at = POOL_SHARED_LEAF },
	{ POOL_TOP_LEAF, POINTER(0), 1, .want = "META_LEAK DATA_LEAK MAPPED_BLOCKS",
	  .elsewhere = true, .at = POOL_META_BITMAP },
	{ POOL_HELD_TOP, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true },
	{ POOL_HELD_TOP, POINTER(0), 512, .want = "PTR_RANGE" },
	{ POOL_HELD_TOP, KEY(1), 84, .want = "NODE_KEY_HIGH",
	  .elsewhere = true, .at = POOL_TOP_LEAF },
	{ POOL_HELD_TOP_LEAF, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true },
	{ POOL_HELD_TOP_LEAF, KEY(84), 1000, .want = "DEV_NO_MAPPINGS DEV_NO_DETAILS",
	  .elsewhere = true, .at = POOL_HELD_DETAILS_LEAF },
	{ POOL_HELD_TOP_LEAF, POINTER(84), 512, .want = "PTR_RANGE" },
};

static void top_tree(void)
{
	try_rows(top_tree_rows, ARRAY_SIZE(top_tree_rows));
}

static const struct row details_tree_rows[] = {
	{ POOL_DETAILS_ROOT, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true },
	{ POOL_DETAILS_ROOT, NODE(flags), 0, .want = "NODE_FLAGS" },
	{ POOL_DETAILS_ROOT, NODE(flags), 2, .want = "NODE_VALUE_SIZE" },
	{ POOL_DETAILS_ROOT, NODE(nr_entries), 0, .want = "NODE_EMPTY" },
	{ POOL_DETAILS_ROOT, NODE(value_size), 24, .want = "NODE_VALUE_SIZE" },
	{ POOL_DETAILS_ROOT, KEY(1), 86, .want = "NODE_KEY_LOW",
	  .elsewhere = true, .at = POOL_DETAILS_LEAF1 },
	{ POOL_DETAILS_ROOT, POINTER(0), 512, .want = "PTR_RANGE" },
	{ POOL_DETAILS_ROOT, POINTER(1), 0, .want = "PTR_TYPE" },
	{ POOL_DETAILS_LEAF, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true },
	{ POOL_DETAILS_LEAF, NODE(flags), 1, .want = "NODE_VALUE_SIZE" },
	{ POOL_DETAILS_LEAF, NODE(where), 1, .want = "BLOCK_WHERE" },
	{ POOL_DETAILS_LEAF, NODE(nr_entries), 127, .want = "NODE_NR_ENTRIES" },
	{ POOL_DETAILS_LEAF, NODE(nr_entries), 84, .want = "DEV_NO_DETAILS",
	  .elsewhere = true, .at = POOL_TOP_LEAF },
	{ POOL_DETAILS_LEAF, NODE(max_entries), 129, .want = "NODE_MAX_ENTRIES" },
	{ POOL_DETAILS_LEAF, NODE(value_size), 8, .want = "NODE_VALUE_SIZE" },
	{ POOL_DETAILS_LEAF, NODE(padding), 1, .want = "NODE_PADDING" },
	{ POOL_DETAILS_LEAF, KEY(84), 85, .want = "NODE_KEY_HIGH" },
	{ POOL_DETAILS_LEAF, KEY(3), 3, .want = "" },
	{ POOL_DETAILS_LEAF, KEY(3), 2, .want = "NODE_KEY_ORDER" },
	{ POOL_DETAILS_LEAF1, KEY(84), 1u << 24,
	  .want = "DEV_ID DEV_NO_DETAILS DEV_NO_MAPPINGS" },
	{ POOL_DETAILS_LEAF, DETAILS(1, mapped_blocks), 349, .want = "MAPPED_BLOCKS" },
	{ POOL_DETAILS_LEAF, DETAILS(0, mapped_blocks), 0, .want = "MAPPED_BLOCKS" },
	{ POOL_DETAILS_LEAF1, DETAILS(84, mapped_blocks), 11, .want = "MAPPED_BLOCKS" },
	{ POOL_DETAILS_LEAF, DETAILS(1, transaction_id), POOL_TRANSACTION, .want = "" },
	{ POOL_DETAILS_LEAF, DETAILS(1, transaction_id), 1000,
	  .want = "DETAILS_TRANSACTION" },
	{ POOL_DETAILS_LEAF, DETAILS(1, creation_time), 4, .want = "" },
	{ POOL_DETAILS_LEAF, DETAILS(1, creation_time), 5, .want = "SNAP_BEFORE_CREATION" },
	{ POOL_DETAILS_LEAF, DETAILS(1, creation_time), 6,
	  .want = "CREATION_TIME SNAP_BEFORE_CREATION" },
	{ POOL_DETAILS_LEAF, DETAILS(1, snapshotted_time), 6, .want = "SNAP_TIME" },
	{ POOL_DETAILS_LEAF, DETAILS(1, snapshotted_time), 1, .want = "MAPPING_SHARED",
	  .elsewhere = true, .at = POOL_SHARED_LEAF },
	{ POOL_DETAILS_LEAF, DETAILS(1, snapshotted_time), 2, .want = "" },
	{ POOL_DETAILS_LEAF, DETAILS(1, snapshotted_time), 0,
	  .want = "SNAP_BEFORE_CREATION MAPPING_SHARED" },
	{ POOL_DETAILS_LEAF, DETAILS(0, snapshotted_time), 5, .want = "" },
	{ POOL_HELD_DETAILS, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true },
	{ POOL_HELD_DETAILS, POINTER(1), 512, .want = "PTR_RANGE" },
	{ POOL_HELD_DETAILS_LEAF, KEY(84), 1000, .want = "DEV_NO_MAPPINGS DEV_NO_DETAILS" },
	{ POOL_HELD_DETAILS_LEAF, DETAILS(84, mapped_blocks), 11, .want = "MAPPED_BLOCKS" },
	{ POOL_HELD_DETAILS_LEAF, DETAILS(84, creation_time), 99,
	  .want = "CREATION_TIME SNAP_BEFORE_CREATION" },
};

static void details_tree(void)
{
	try_rows(details_tree_rows, ARRAY_SIZE(details_tree_rows));
}

static const struct row mapping_trees_rows[] = {
	{ POOL_DEV0_ROOT, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true,
	  .dev = 0, .begin = 0, .end = UINT64_MAX },
	{ POOL_DEV0_ROOT, NODE(flags), 0, .want = "NODE_FLAGS" },
	{ POOL_DEV0_ROOT, NODE(flags), 2,
	  .want = "MAPPING_SHARED DATA_LEAK DATA_LOW MAPPED_BLOCKS "
		  "MAPPING_TWICE META_LEAK" },
	{ POOL_DEV0_ROOT, NODE(where), 2, .want = "BLOCK_WHERE" },
	{ POOL_DEV0_ROOT, NODE(nr_entries), 0, .want = "NODE_EMPTY" },
	{ POOL_DEV0_ROOT, NODE(nr_entries), 1, .want = "META_LEAK DATA_LEAK MAPPED_BLOCKS",
	  .elsewhere = true, .at = POOL_META_BITMAP },
	{ POOL_DEV0_ROOT, NODE(nr_entries), 300, .want = "NODE_NR_ENTRIES" },
	{ POOL_DEV0_ROOT, NODE(max_entries), 300, .want = "NODE_MAX_ENTRIES" },
	{ POOL_DEV0_ROOT, NODE(value_size), 16, .want = "NODE_VALUE_SIZE" },
	{ POOL_DEV0_ROOT, NODE(padding), 1, .want = "NODE_PADDING" },
	{ POOL_DEV0_ROOT, KEY(1), 0, .want = "NODE_KEY_ORDER" },
	{ POOL_DEV0_ROOT, KEY(1), 99, .want = "NODE_KEY_HIGH",
	  .elsewhere = true, .at = POOL_DEV0_LEAF },
	{ POOL_DEV0_ROOT, KEY(1), 101, .want = "NODE_KEY_LOW",
	  .elsewhere = true, .at = POOL_DEV0_LEAF1 },
	{ POOL_DEV0_ROOT, KEY(0), 1, .want = "NODE_KEY_LOW",
	  .elsewhere = true, .at = POOL_DEV0_LEAF },
	{ POOL_DEV0_ROOT, POINTER(0), 0,
	  .want = "PTR_TYPE", .dev = 0, .begin = 0, .end = 100 },
	{ POOL_DEV0_ROOT, POINTER(1), 512, .want = "PTR_RANGE",
	  .dev = 0, .begin = 100, .end = UINT64_MAX },
	{ POOL_DEV0_ROOT, POINTER(0), 3, .want = "PTR_HEIGHT" },
	{ POOL_DEV0_ROOT, POINTER(1), 9, .want = "PTR_HEIGHT",
	  .elsewhere = true, .at = POOL_DEV1_ROOT },
	{ POOL_DEV0_ROOT, POINTER(0), 2, .want = "NODE_KEY_HIGH META_LOW",
	  .elsewhere = true, .at = POOL_DEV0_LEAF1 },
	{ POOL_DEV0_LEAF, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true,
	  .dev = 0, .begin = 0, .end = 100 },
	{ POOL_DEV0_LEAF1, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true,
	  .dev = 0, .begin = 100, .end = UINT64_MAX },
	{ POOL_DEV0_LEAF, NODE(flags), 1, .want = "NODE_DEPTH" },
	{ POOL_DEV0_LEAF, NODE(flags), 4, .want = "NODE_FLAGS" },
	{ POOL_DEV0_LEAF, NODE(where), 2, .want = "BLOCK_WHERE" },
	{ POOL_DEV0_LEAF, NODE(nr_entries), 84, .want = "DATA_LEAK MAPPED_BLOCKS",
	  .elsewhere = true, .at = POOL_DATA_BITMAP },
	{ POOL_DEV0_LEAF, NODE(nr_entries), 83,
	  .want = "NODE_UNDERFULL DATA_LEAK MAPPED_BLOCKS" },
	{ POOL_DEV0_LEAF, NODE(nr_entries), 0,
	  .want = "NODE_UNDERFULL DATA_LEAK MAPPED_BLOCKS" },
	{ POOL_DEV0_LEAF, NODE(nr_entries), 253, .want = "NODE_NR_ENTRIES" },
	{ POOL_DEV0_LEAF, NODE(max_entries), 253, .want = "NODE_MAX_ENTRIES" },
	{ POOL_DEV0_LEAF, NODE(max_entries), 99, .want = "NODE_NR_ENTRIES" },
	{ POOL_DEV0_LEAF, NODE(value_size), 4, .want = "NODE_VALUE_SIZE" },
	{ POOL_DEV0_LEAF, NODE(padding), 5, .want = "NODE_PADDING" },
	{ POOL_DEV0_LEAF, KEY(99), 100, .want = "NODE_KEY_HIGH" },
	{ POOL_DEV0_LEAF, KEY(99), 98, .want = "NODE_KEY_ORDER" },
	{ POOL_DEV0_LEAF, KEY(99), 97, .want = "NODE_KEY_ORDER" },
	{ POOL_DEV0_LEAF, KEY(100), 97, .want = "" },
	{ POOL_DEV0_LEAF1, KEY(99), 1ull << 40, .want = "" },
	{ POOL_DEV0_LEAF1, KEY(0), 99, .want = "NODE_KEY_LOW" },
	{ POOL_DEV0_LEAF, POINTER(7), MAP(POOL_NR_DATA, 5),
	  .want = "MAPPING_BLOCK DATA_LEAK" },
	{ POOL_DEV0_LEAF, POINTER(7), UINT64_MAX,
	  .want = "MAPPING_BLOCK DATA_LEAK MAPPING_TIME" },
	{ POOL_DEV0_LEAF, POINTER(7), MAP(1007, 6), .want = "MAPPING_TIME",
	  .dev = 0, .begin = 7, .end = 8 },
	{ POOL_DEV0_LEAF, POINTER(7), MAP(1008, 5),
	  .want = "MAPPING_SHARED DATA_LEAK DATA_LOW MAPPING_TWICE" },
	{ POOL_DEV0_LEAF, POINTER(7), MAP(3000, 5), .want = "DATA_LEAK DATA_LOW",
	  .elsewhere = true, .at = POOL_DATA_BITMAP },
	{ POOL_DEV0_LEAF, POINTER(7), MAP(300, 5),
	  .want = "MAPPING_SHARED DATA_LEAK DATA_LOW" },
	{ POOL_DEV0_LEAF, POINTER(100), MAP(300, 5), .want = "" },
	{ POOL_DEV1_ROOT, POINTER(0), 512, .want = "PTR_RANGE",
	  .dev = 1, .begin = 0, .end = 200 },
	{ POOL_SHARED_LEAF, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true,
	  .dev = 1, .begin = 0, .end = 200 },
	{ POOL_SHARED_LEAF, POINTER(5), MAP(5, 4), .want = "MAPPING_SHARED",
	  .dev = 1, .begin = 5, .end = 6 },
	{ POOL_SHARED_LEAF, POINTER(5), MAP(5, 3), .want = "" },
	{ POOL_DEV1_LEAF, POINTER(5), MAP(205, 4), .want = "MAPPING_SHARED",
	  .dev = 1, .begin = 205, .end = 206 },
	{ POOL_DEV1_LEAF, POINTER(5), MAP(206, 1),
	  .want = "MAPPING_TWICE DATA_LEAK DATA_LOW" },
	{ POOL_DEV1_LEAF, KEY(119), 320, .want = "" },
	{ POOL_MANY_LEAF, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true,
	  .dev = 4, .begin = 0, .end = UINT64_MAX },
	{ POOL_MANY_LEAF, NODE(nr_entries), 0, .want = "DATA_LEAK MAPPED_BLOCKS",
	  .elsewhere = true, .at = POOL_DATA_BITMAP },
	{ POOL_MANY_LEAF, POINTER(9), MAP(709, 3), .want = "MAPPING_SHARED" },
	{ POOL_HELD_LEAF, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true,
	  .dev = 169, .begin = 0, .end = UINT64_MAX },
	{ POOL_HELD_LEAF, POINTER(9), MAP(809, 5), .want = "" },
	{ POOL_HELD_LEAF, POINTER(9), MAP(POOL_NR_DATA + 3, 1),
	  .want = "MAPPING_BLOCK DATA_LEAK" },
};

static void mapping_trees(void)
{
	try_rows(mapping_trees_rows, ARRAY_SIZE(mapping_trees_rows));
}

static const struct row data_space_map_rows[] = {
	{ POOL_INDEX_ROOT, NODE(csum), 1,
	  .want = "BLOCK_CSUM DATA_BITMAP_LOST INDEX_NR", .unsealed = true },
	{ POOL_INDEX_ROOT, NODE(flags), 2,
	  .want = "NODE_VALUE_SIZE DATA_BITMAP_LOST INDEX_NR" },
	{ POOL_INDEX_ROOT, NODE(nr_entries), 0,
	  .want = "NODE_EMPTY DATA_BITMAP_LOST INDEX_NR" },
	{ POOL_INDEX_ROOT, NODE(nr_entries), 1, .want = "INDEX_NR DATA_BITMAP_LOST" },
	{ POOL_INDEX_ROOT, KEY(1), 61, .want = "NODE_KEY_LOW DATA_BITMAP_LOST INDEX_NR",
	  .elsewhere = true, .at = POOL_INDEX_LEAF1 },
	{ POOL_INDEX_ROOT, POINTER(1), 512, .want = "PTR_RANGE DATA_BITMAP_LOST INDEX_NR" },
	{ POOL_INDEX_ROOT, POINTER(1), 0, .want = "PTR_TYPE DATA_BITMAP_LOST INDEX_NR" },
	{ POOL_INDEX_LEAF, NODE(csum), 1,
	  .want = "BLOCK_CSUM DATA_BITMAP_LOST INDEX_NR", .unsealed = true },
	{ POOL_INDEX_LEAF, NODE(flags), 3, .want = "NODE_FLAGS DATA_BITMAP_LOST INDEX_NR" },
	{ POOL_INDEX_LEAF, NODE(where), 3,
	  .want = "BLOCK_WHERE DATA_BITMAP_LOST INDEX_NR" },
	{ POOL_INDEX_LEAF, NODE(nr_entries), 59, .want = "INDEX_NR DATA_BITMAP_LOST",
	  .elsewhere = true, .at = POOL_INDEX_ROOT },
	{ POOL_INDEX_LEAF, NODE(nr_entries), 55,
	  .want = "NODE_UNDERFULL DATA_BITMAP_LOST INDEX_NR" },
	{ POOL_INDEX_LEAF, NODE(nr_entries), 169,
	  .want = "NODE_NR_ENTRIES DATA_BITMAP_LOST INDEX_NR" },
	{ POOL_INDEX_LEAF, NODE(max_entries), 171,
	  .want = "NODE_MAX_ENTRIES DATA_BITMAP_LOST INDEX_NR" },
	{ POOL_INDEX_LEAF, NODE(value_size), 8,
	  .want = "NODE_VALUE_SIZE DATA_BITMAP_LOST INDEX_NR" },
	{ POOL_INDEX_LEAF, NODE(padding), 1, .want = "NODE_PADDING" },
	{ POOL_INDEX_LEAF, KEY(59), 60, .want = "NODE_KEY_HIGH DATA_BITMAP_LOST INDEX_NR" },
	{ POOL_INDEX_LEAF1, KEY(59), 120, .want = "INDEX_KEY DATA_BITMAP_LOST INDEX_NR" },
	{ POOL_INDEX_LEAF, INDEX(0, bitmap), 0,
	  .want = "PTR_TYPE DATA_BITMAP_LOST INDEX_NR" },
	{ POOL_INDEX_LEAF, INDEX(0, bitmap), 512,
	  .want = "PTR_RANGE DATA_BITMAP_LOST INDEX_NR" },
	{ POOL_INDEX_LEAF, INDEX(0, bitmap), NOWHERE,
	  .want = "BLOCK_TYPE DATA_BITMAP_LOST META_LOW",
	  .elsewhere = true, .at = NR_POOL_BLOCKS },
	{ POOL_INDEX_LEAF, INDEX(0, bitmap), 1,
	  .want = "PTR_TYPE BLOCK_TYPE DATA_BITMAP_LOST",
	  .elsewhere = true, .at = POOL_DEV0_LEAF },
	{ POOL_INDEX_LEAF, INDEX(0, bitmap), 27,
	  .want = "PTR_TYPE DATA_BITMAP_LOST DATA_LOW INDEX_HINT "
		  "INDEX_NR INDEX_NR_FREE OVERFLOW_STRAY",
	  .elsewhere = true, .at = POOL_DATA_BITMAP1 },
	{ POOL_INDEX_LEAF, INDEX(0, nr_free), 1, .want = "INDEX_NR_FREE" },
	{ POOL_INDEX_LEAF1, INDEX(59, nr_free), 16320, .want = "" },
	{ POOL_INDEX_LEAF1, INDEX(59, nr_free), 16319, .want = "INDEX_NR_FREE" },
	{ POOL_INDEX_LEAF, INDEX(0, none_free_before), 0, .want = "" },
	{ POOL_INDEX_LEAF, INDEX(0, none_free_before), 16320, .want = "INDEX_HINT" },
	{ POOL_DATA_BITMAP, FIELD(struct bitmap_disk, header.csum), 1,
	  .want = "BLOCK_CSUM DATA_BITMAP_LOST", .unsealed = true },
	{ POOL_DATA_BITMAP, FIELD(struct bitmap_disk, header.flags), 1,
	  .want = "BITMAP_PADDING" },
	{ POOL_DATA_BITMAP, FIELD(struct bitmap_disk, header.where), 1,
	  .want = "BLOCK_WHERE DATA_BITMAP_LOST" },
	{ POOL_DATA_BITMAP, 16, 1, 0x55, .want = "DATA_LEAK" },
	{ POOL_DATA_BITMAP, 16, 1, 0x00,
	  .want = "DATA_LOW DATA_TOTAL INDEX_HINT INDEX_NR_FREE" },
	{ POOL_DATA_BITMAP, 16, 1, 0xff, .want = "OVERFLOW_MISSING" },
	{ POOL_DATA_BITMAP, 16 + 50, 1, 0xaa, .want = "DATA_LOW OVERFLOW_STRAY" },
	{ POOL_DATA_BITMAP, 16 + 1000, 1, 0x02,
	  .want = "DATA_LEAK DATA_TOTAL INDEX_NR_FREE" },
	{ POOL_DATA_BITMAP, 16 + 1000, 1, 0x03,
	  .want = "OVERFLOW_MISSING DATA_TOTAL INDEX_NR_FREE" },
	{ POOL_DATA_BITMAP_LAST, 16 + 250, 1, 0x02, .want = "BITMAP_TAIL" },
	{ POOL_DATA_BITMAP_LAST, 4095, 1, 0x80, .want = "BITMAP_TAIL" },
	{ POOL_DATA_BITMAP_LAST, 16 + 249, 1, 0x80,
	  .want = "DATA_LEAK DATA_TOTAL INDEX_NR_FREE" },
	{ POOL_DATA_OVER, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true },
	{ POOL_DATA_OVER, KEY(1), 401, .want = "NODE_KEY_LOW",
	  .elsewhere = true, .at = POOL_DATA_OVER_LEAF1 },
	{ POOL_DATA_OVER, POINTER(0), 512, .want = "PTR_RANGE" },
	{ POOL_DATA_OVER_LEAF, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true },
	{ POOL_DATA_OVER_LEAF, NODE(flags), 0, .want = "NODE_FLAGS" },
	{ POOL_DATA_OVER_LEAF, NODE(where), 0, .want = "BLOCK_WHERE" },
	{ POOL_DATA_OVER_LEAF, NODE(nr_entries), 119, .want = "OVERFLOW_MISSING",
	  .elsewhere = true, .at = POOL_DATA_BITMAP },
	{ POOL_DATA_OVER_LEAF, NODE(nr_entries), 111,
	  .want = "NODE_UNDERFULL OVERFLOW_MISSING" },
	{ POOL_DATA_OVER_LEAF, NODE(nr_entries), 337, .want = "NODE_NR_ENTRIES" },
	{ POOL_DATA_OVER_LEAF, NODE(max_entries), 339, .want = "NODE_MAX_ENTRIES" },
	{ POOL_DATA_OVER_LEAF, NODE(value_size), 8, .want = "NODE_VALUE_SIZE" },
	{ POOL_DATA_OVER_LEAF, NODE(padding), 1, .want = "NODE_PADDING" },
	{ POOL_DATA_OVER_LEAF, KEY(119), 320, .want = "OVERFLOW_MISSING OVERFLOW_STRAY",
	  .elsewhere = true, .at = POOL_DATA_BITMAP },
	{ POOL_DATA_OVER_LEAF, KEY(119), 318, .want = "NODE_KEY_ORDER" },
	{ POOL_DATA_OVER_LEAF1, KEY(119), 1ull << 40,
	  .want = "OVERFLOW_RANGE OVERFLOW_MISSING" },
	{ POOL_DATA_OVER_LEAF1, KEY(119), POOL_NR_DATA,
	  .want = "OVERFLOW_RANGE OVERFLOW_MISSING" },
	{ POOL_DATA_OVER_LEAF, VALUE(336, 4, 0, 0, 4), 2, .want = "OVERFLOW_SMALL" },
	{ POOL_DATA_OVER_LEAF, VALUE(336, 4, 0, 0, 4), 0, .want = "OVERFLOW_SMALL" },
	{ POOL_DATA_OVER_LEAF, VALUE(336, 4, 0, 0, 4), 4, .want = "DATA_LEAK",
	  .elsewhere = true, .at = POOL_DATA_BITMAP },
	{ POOL_DATA_OVER_LEAF, VALUE(336, 4, 0, 0, 4), UINT32_MAX, .want = "DATA_LEAK",
	  .elsewhere = true, .at = POOL_DATA_BITMAP },
	{ POOL_DATA_OVER_LEAF, VALUE(336, 4, 200, 0, 4), 0, .want = "" },
};

static void data_space_map(void)
{
	try_rows(data_space_map_rows, ARRAY_SIZE(data_space_map_rows));
}

static const struct row metadata_space_map_rows[] = {
	{ POOL_META_INDEX, FIELD(struct index_disk, header.csum), 1,
	  .want = "BLOCK_CSUM INDEX_NR META_BITMAP_LOST", .unsealed = true },
	{ POOL_META_INDEX, FIELD(struct index_disk, header.flags), 1,
	  .want = "INDEX_PADDING" },
	{ POOL_META_INDEX, FIELD(struct index_disk, header.where), 1,
	  .want = "BLOCK_WHERE INDEX_NR META_BITMAP_LOST" },
	{ POOL_META_INDEX, META_ENTRY(0, bitmap), 0,
	  .want = "PTR_TYPE INDEX_NR META_BITMAP_LOST" },
	{ POOL_META_INDEX, META_ENTRY(0, bitmap), 512,
	  .want = "PTR_RANGE INDEX_NR META_BITMAP_LOST" },
	{ POOL_META_INDEX, META_ENTRY(0, bitmap), NOWHERE,
	  .want = "BLOCK_TYPE META_BITMAP_LOST",
	  .elsewhere = true, .at = NR_POOL_BLOCKS },
	{ POOL_META_INDEX, META_ENTRY(0, bitmap), 1,
	  .want = "PTR_TYPE BLOCK_TYPE META_BITMAP_LOST",
	  .elsewhere = true, .at = POOL_DEV0_LEAF },
	{ POOL_META_INDEX, META_ENTRY(0, nr_free), 1, .want = "INDEX_NR_FREE" },
	{ POOL_META_INDEX, META_ENTRY(0, none_free_before), 0, .want = "" },
	{ POOL_META_INDEX, META_ENTRY(0, none_free_before), 500, .want = "INDEX_HINT" },
	{ POOL_META_INDEX, META_ENTRY(1, bitmap), 5, .want = "INDEX_TAIL" },
	{ POOL_META_INDEX, META_ENTRY(1, nr_free), 5, .want = "INDEX_TAIL" },
	{ POOL_META_INDEX, META_ENTRY(254, none_free_before), 5, .want = "INDEX_TAIL" },
	{ POOL_META_BITMAP, FIELD(struct bitmap_disk, header.csum), 1,
	  .want = "BLOCK_CSUM META_BITMAP_LOST", .unsealed = true },
	{ POOL_META_BITMAP, FIELD(struct bitmap_disk, header.flags), 1,
	  .want = "BITMAP_PADDING" },
	{ POOL_META_BITMAP, FIELD(struct bitmap_disk, header.where), 1,
	  .want = "BLOCK_WHERE META_BITMAP_LOST" },
	{ POOL_META_BITMAP, 16, 1, 0x55, .want = "META_LEAK" },
	{ POOL_META_BITMAP, 16, 1, 0x00,
	  .want = "META_LOW INDEX_HINT INDEX_NR_FREE META_TOTAL" },
	{ POOL_META_BITMAP, 16 + 100, 1, 0x08,
	  .want = "META_LEAK INDEX_NR_FREE META_TOTAL" },
	{ POOL_META_BITMAP, 16 + 100, 1, 0x03,
	  .want = "OVERFLOW_MISSING INDEX_NR_FREE META_TOTAL" },
	{ POOL_META_BITMAP, 16 + 128, 1, 0x01, .want = "BITMAP_TAIL" },
	{ POOL_META_OVER, NODE(csum), 1, .want = "BLOCK_CSUM", .unsealed = true },
	{ POOL_META_OVER, NODE(flags), 1, .want = "NODE_VALUE_SIZE" },
	{ POOL_META_OVER, NODE(where), 1, .want = "BLOCK_WHERE" },
	{ POOL_META_OVER, NODE(nr_entries), 1, .want = "OVERFLOW_MISSING",
	  .elsewhere = true, .at = POOL_META_BITMAP },
	{ POOL_META_OVER, NODE(nr_entries), 337, .want = "NODE_NR_ENTRIES" },
	{ POOL_META_OVER, NODE(max_entries), 1, .want = "NODE_MAX_ENTRIES" },
	{ POOL_META_OVER, NODE(value_size), 8, .want = "NODE_VALUE_SIZE" },
	{ POOL_META_OVER, NODE(padding), 1, .want = "NODE_PADDING" },
	{ POOL_META_OVER, KEY(0), 3, .want = "OVERFLOW_MISSING OVERFLOW_STRAY",
	  .elsewhere = true, .at = POOL_META_BITMAP },
	{ POOL_META_OVER, KEY(1), 512, .want = "OVERFLOW_RANGE OVERFLOW_MISSING" },
	{ POOL_META_OVER, VALUE(336, 4, 0, 0, 4), 2, .want = "OVERFLOW_SMALL" },
	{ POOL_META_OVER, VALUE(336, 4, 0, 0, 4), 4, .want = "META_LEAK",
	  .elsewhere = true, .at = POOL_META_BITMAP },
	{ POOL_META_OVER, VALUE(336, 4, 1, 0, 4), 200, .want = "META_LOW",
	  .elsewhere = true, .at = POOL_META_BITMAP },
};

static void metadata_space_map(void)
{
	try_rows(metadata_space_map_rows, ARRAY_SIZE(metadata_space_map_rows));
}

/* Every block that is in use, one at a time. */
static void unreadable_blocks(void)
{
	for (unsigned b = 0; b < NR_POOL_BLOCKS; b++) {
		const struct row row = { .block = b, .want = "BLOCK_IO" };
		struct thin_check_report *rep;

		pool_init(&pool);
		bits_add(&pool.disk.unreadable, pool.at[b]);
		rep = check_disk(&pool.disk, 1);
		CHECK_IN(b, is_named(rep, &row));
		CHECK_IN(b, !thin_check_is_good(rep, true));
		CHECK_IN(b, rep->nr_by_class[FAULT_LEAK] == 0);
		thin_check_free(rep);
		pool_exit(&pool);
	}
}

/* A fault in one place must not hide one in another. */
static void two_bad_roots(void)
{
	struct thin_sb_disk *d;
	struct thin_check_report *rep;

	pool_init(&pool);
	d = disk_block(&pool.disk, THIN_SB_WHERE);
	d->data_sm.root.overflow_root = 0;
	d->mapping_root = 0;
	reseal(d, THIN_SB_SALT);
	rep = check_disk(&pool.disk, 1);
	CU_ASSERT_TRUE(all_are_listed(rep, "PTR_TYPE"));
	CU_ASSERT_EQUAL(rep->nr_faults, 2);
	thin_check_free(rep);
	pool_exit(&pool);
}

/* Old tools made nodes with less room; values then start earlier. */
static void smaller_nodes(void)
{
	static const uint32_t rooms[] = { 102, 105, 249 };
	const struct row row = { .block = POOL_DEV0_LEAF, .want = "NODE_MAX_SMALL" };

	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
		struct thin_check_report *rep;

		pool_init(&pool);
		node_shrink(disk_block(&pool.disk, pool.at[POOL_DEV0_LEAF]), rooms[i]);
		reseal(disk_block(&pool.disk, pool.at[POOL_DEV0_LEAF]), NODE_SALT);
		rep = check_disk(&pool.disk, 1);
		CHECK_IN(i, rep->nr_faults == 1 && is_named(rep, &row));
		CHECK_IN(i, thin_check_is_good(rep, false));
		thin_check_free(rep);
		pool_exit(&pool);
	}
}

/* A rule that nothing can break should not be there. */
static void every_code_was_seen(void)
{
	for (unsigned c = 0; c < NR_FAULT_CODES; c++) {
		CHECK_IN(c, codes_seen[c]);
		if (!codes_seen[c])
			fprintf(stderr, "  never seen: %s\n", fault_name(c));
	}
}

void test_check_spoilt_suite(void);
void test_check_spoilt_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "the superblock", superblock },
		{ "the superblock of the metadata snapshot", held_superblock },
		{ "device trees", top_tree },
		{ "details trees", details_tree },
		{ "mapping trees", mapping_trees },
		{ "the data space map", data_space_map },
		{ "the metadata space map", metadata_space_map },
		{ "blocks that cannot be read", unreadable_blocks },
		{ "two bad roots in one superblock", two_bad_roots },
		{ "nodes with less room than usual", smaller_nodes },
		{ "every code was seen", every_code_was_seen },
		CU_TEST_INFO_NULL,
	};

	add_suite("check_spoilt", tests);
}
