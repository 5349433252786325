/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <string.h>

#include "thin/sb.h"
#include "unit.h"

#define NR_BLOCKS 1000u
#define HELD 77u

static struct thin_sb good(void)
{
	return (struct thin_sb){
		.version = 2, .time = 3, .transaction_id = 1ull << 40, .held_root = HELD,
		.data_sm = { 5000, 10, 20, 30 }, .metadata_sm = { NR_BLOCKS, 11, 21, 31 },
		.mapping_root = 40, .details_root = 50,
		.data_block_size = 1024, .metadata_block_size = META_BLOCK_SECTORS,
		.metadata_nr_blocks = 900,
	};
}

/* What a metadata snapshot is made of. */
static struct thin_sb good_held(void)
{
	struct thin_sb sb = good();

	sb.held_root = 0;
	sb.data_sm = sb.metadata_sm = (struct sm_root){ 0 };
	return sb;
}

static int parse(const struct thin_sb *from, uint64_t where, struct thin_sb *sb,
		 struct fault f[THIN_SB_FAULTS], unsigned *nr)
{
	_Alignas(8) struct thin_sb_disk d;

	thin_sb_pack(from, where, &d);
	return thin_sb_parse(sb, &d, where, NR_BLOCKS, f, nr);
}

static void round_trip(void)
{
	struct thin_sb from = good(), sb;
	struct thin_sb_disk d, again;
	struct fault f[THIN_SB_FAULTS];
	unsigned nr = 9;

	memset(from.uuid, 0xab, sizeof(from.uuid));
	CU_ASSERT_EQUAL(parse(&from, 0, &sb, f, &nr), 0);
	CU_ASSERT_EQUAL(nr, 0);
	thin_sb_pack(&from, 0, &d);
	thin_sb_pack(&sb, 0, &again);
	CU_ASSERT_EQUAL(memcmp(&d, &again, sizeof(d)), 0);
}

#define F(field, type, value, code, result) \
	{ offsetof(struct thin_sb, field), sizeof(type), value, FAULT_##code, result }

static const struct {
	size_t field;
	size_t size;
	uint64_t value;
	enum fault_code want;
	int result;
} spoilt[] = {
	F(data_block_size, uint32_t, 0, SB_DATA_BLOCK_SIZE, -EUCLEAN),
	F(data_block_size, uint32_t, 64, SB_DATA_BLOCK_SIZE, -EUCLEAN),
	F(data_block_size, uint32_t, 200, SB_DATA_BLOCK_SIZE, -EUCLEAN),
	F(data_block_size, uint32_t, 2097280, SB_DATA_BLOCK_SIZE, -EUCLEAN),
	F(metadata_block_size, uint32_t, 16, SB_METADATA_BLOCK_SIZE, -EUCLEAN),
	F(metadata_sm.nr_blocks, uint64_t, NR_BLOCKS + 1, SB_DEVICE_SIZE, -EUCLEAN),
	F(data_sm.nr_blocks, uint64_t, (1ull << 40) + 1, SB_DATA_NR_BLOCKS, -EUCLEAN),
	F(data_sm.nr_blocks, uint64_t, NR_BLOCKS * 16320ull + 1, SB_DATA_NR_BLOCKS, -EUCLEAN),
	F(version, uint32_t, 0, SB_VERSION, 0),
	F(version, uint32_t, 3, SB_VERSION, 0),
	F(incompat_flags, uint32_t, 4, SB_INCOMPAT, 0),
	F(compat_ro_flags, uint32_t, 4, SB_COMPAT_RO, 0),
	F(compat_flags, uint32_t, 4, SB_COMPAT, 0),
	F(flags, uint32_t, 2, SB_FLAGS, 0),
	F(flags, uint32_t, 1, SB_NEEDS_CHECK, 0),
	F(metadata_nr_blocks, uint64_t, NR_BLOCKS + 1, SB_METADATA_NR_BLOCKS, 0),
};

static void fields(void)
{
	for (size_t i = 0; i < sizeof(spoilt) / sizeof(*spoilt); i++) {
		struct thin_sb from = good(), sb;
		struct fault f[THIN_SB_FAULTS];
		unsigned nr = 0;

		memcpy((char *)&from + spoilt[i].field, &spoilt[i].value, spoilt[i].size);
		CU_ASSERT_EQUAL(parse(&from, 0, &sb, f, &nr), spoilt[i].result);
		CU_ASSERT_EQUAL(nr, 1);
		CU_ASSERT_EQUAL(f[0].code, spoilt[i].want);
	}
}

static void limit(void)
{
	struct thin_sb from = good(), sb;
	struct thin_sb_disk d;
	struct fault f[THIN_SB_FAULTS];
	unsigned nr = 0;

	from.metadata_sm.nr_blocks = META_MAX_BLOCKS + 1;
	thin_sb_pack(&from, 0, &d);
	CU_ASSERT_EQUAL(thin_sb_parse(&sb, &d, 0, META_MAX_BLOCKS + 1, f, &nr), -EUCLEAN);
	CU_ASSERT_EQUAL(f[0].code, FAULT_SB_METADATA_LIMIT);
}

static void all_at_once(void)
{
	struct thin_sb from = good(), sb;
	struct fault f[THIN_SB_FAULTS];
	unsigned nr = 0;

	from.version = 9;
	from.flags = 3;
	from.incompat_flags = from.compat_flags = from.compat_ro_flags = 1;
	from.data_block_size = from.metadata_block_size = 1;
	from.metadata_sm.nr_blocks = META_MAX_BLOCKS + 1;
	from.data_sm.nr_blocks = UINT64_MAX;
	from.metadata_nr_blocks = UINT64_MAX;
	CU_ASSERT_EQUAL(parse(&from, 0, &sb, f, &nr), -EUCLEAN);
	CU_ASSERT_EQUAL(nr, 12);
}

static void header(void)
{
	struct thin_sb from = good(), sb;
	struct thin_sb_disk d;
	struct fault f[THIN_SB_FAULTS];
	unsigned nr = 0;

	thin_sb_pack(&from, 0, &d);
	CU_ASSERT_EQUAL(thin_sb_parse(&sb, &d, 5, NR_BLOCKS, f, &nr), -EUCLEAN);
	CU_ASSERT_EQUAL(f[0].code, FAULT_BLOCK_WHERE);
	d.magic = 0;
	CU_ASSERT_EQUAL(thin_sb_parse(&sb, &d, 0, NR_BLOCKS, f, &nr), -EUCLEAN);
	CU_ASSERT_EQUAL(f[0].code, FAULT_BLOCK_CSUM);
	block_seal(&d, 0, THIN_SB_SALT);
	CU_ASSERT_EQUAL(thin_sb_parse(&sb, &d, 0, NR_BLOCKS, f, &nr), -EUCLEAN);
	CU_ASSERT_EQUAL(f[0].code, FAULT_SB_MAGIC);
	block_seal(&d, 0, NODE_SALT);
	CU_ASSERT_EQUAL(thin_sb_parse(&sb, &d, 0, NR_BLOCKS, f, &nr), -EUCLEAN);
	CU_ASSERT_EQUAL(f[0].code, FAULT_BLOCK_TYPE);
	CU_ASSERT_EQUAL(nr, 1);
}

static void held(void)
{
	struct thin_sb from = good_held(), sb;
	struct fault f[THIN_SB_FAULTS];
	unsigned nr = 9;

	CU_ASSERT_EQUAL(parse(&from, HELD, &sb, f, &nr), 0);
	CU_ASSERT_EQUAL(nr, 0);

	from.data_sm.overflow_root = 1;
	from.held_root = HELD;
	CU_ASSERT_EQUAL(parse(&from, HELD, &sb, f, &nr), 0);
	CU_ASSERT_EQUAL(nr, 2);
	CU_ASSERT_EQUAL(f[0].code, FAULT_HELD_SPACE_MAP);
	CU_ASSERT_EQUAL(f[1].code, FAULT_HELD_SELF);
	CU_ASSERT_EQUAL(f[1].found, HELD);
}

static void read_snapshot(void)
{
	static _Alignas(META_BLOCK_SIZE) char data[(HELD + 1) * META_BLOCK_SIZE];
	struct thin_sb live = good(), copy = good_held(), sb;
	struct engine *e;
	struct fault f;

	live.metadata_sm.nr_blocks = live.metadata_nr_blocks = HELD + 1;
	copy.metadata_nr_blocks = HELD + 1;
	copy.time = 2;
	thin_sb_pack(&live, 0, (void *)data);
	thin_sb_pack(&copy, HELD, (void *)(data + HELD * META_BLOCK_SIZE));
	CU_ASSERT_EQUAL_FATAL(engine_open_memory(&e, data, sizeof(data)), 0);
	CU_ASSERT_EQUAL(thin_sb_read(e, false, &sb, &f), 0);
	CU_ASSERT_EQUAL(sb.time, 3);
	CU_ASSERT_EQUAL(thin_sb_read(e, true, &sb, &f), 0);
	CU_ASSERT_EQUAL(sb.time, 2);
	CU_ASSERT_EQUAL(sb.data_sm.nr_blocks, 5000);

	live.held_root = HELD + 1;
	thin_sb_pack(&live, 0, (void *)data);
	CU_ASSERT_EQUAL(thin_sb_read(e, true, &sb, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.code, FAULT_PTR_RANGE);
	live.held_root = 0;
	thin_sb_pack(&live, 0, (void *)data);
	CU_ASSERT_EQUAL(thin_sb_read(e, true, &sb, &f), -ENODATA);
	engine_close(e);
}

static CU_TestInfo tests[] = {
	{ "parses what it packed", round_trip },
	{ "gives each spoilt field its fault", fields },
	{ "refuses more metadata than the index can hold", limit },
	{ "reports everything that is wrong at once", all_at_once },
	{ "rejects a wrong place, checksum, type or magic", header },
	{ "knows what a metadata snapshot must not have", held },
	{ "reads a metadata snapshot with the live space maps", read_snapshot },
	CU_TEST_INFO_NULL
};

void test_sb_suite(void);

void test_sb_suite(void)
{
	add_suite("sb", tests);
}
