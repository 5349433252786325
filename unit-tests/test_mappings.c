/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "fixture.h"
#include "thin/mappings.h"

#define NR_DATA 1000u
#define NR_BLOCKS 16u
#define TIME 5u

static struct {
	struct disk disk;
	struct walk walk;
	struct fault_sink sink;
	struct refs data;
	void *leaf;
	uint64_t where;
} s;

static void open_leaf(void)
{
	memset(&s, 0, sizeof(s));
	disk_init(&s.disk, NR_BLOCKS);
	if (fault_sink_init(&s.sink, 1000) || refs_init(&s.data, NR_DATA) ||
	    walk_init(&s.walk, &s.disk.engine, NR_BLOCKS, NULL, &s.sink))
		CU_FAIL_FATAL("no memory");
	disk_new(&s.disk);
	s.where = disk_new(&s.disk);
	s.leaf = disk_block(&s.disk, s.where);
	node_make(s.leaf, NODE_LEAF, 8);
}

static void map(uint64_t thin, uint64_t data, uint32_t time)
{
	node_put64(s.leaf, thin, thin_mapping_pack(data, time));
}

/* @devices of them have the leaf as root. */
static void run(bool counting, unsigned devices)
{
	struct mappings m = {
		.walk = &s.walk, .nr_data_blocks = NR_DATA, .time = TIME,
		.data = counting ? &s.data : NULL,
	};
	const struct walk_tree tree = mappings_tree(&m);
	struct walk_root roots[4];

	block_seal(s.leaf, s.where, NODE_SALT);
	for (unsigned i = 0; i < devices; i++)
		roots[i] = (struct walk_root){
			.where = s.where, .owner = (i + 1) | OWNER_LIVE, .least = 3 + i,
		};
	CU_ASSERT_EQUAL(walk_run(&s.walk, &tree, roots, devices), 0);
	fault_sink_sort(&s.sink);
}

static void close_leaf(void)
{
	walk_exit(&s.walk);
	refs_exit(&s.data);
	fault_sink_exit(&s.sink);
	disk_exit(&s.disk);
}

static bool is_fault(size_t i, enum fault_code code, uint64_t begin, uint64_t end)
{
	const struct fault *f = &s.sink.faults[i];

	return i < s.sink.nr && f->code == code && f->begin == begin && f->end == end &&
	       f->where == s.where && f->kind == KIND_MAPPING && f->dev_id == 1;
}

static void takes_each_mapping_off_once(void)
{
	open_leaf();
	for (uint64_t i = 0; i < 100; i++)
		map(i, i < 50 ? 100 + i : 900 - 3 * i, 1);
	run(true, 1);
	CU_ASSERT_EQUAL(s.sink.nr, 0);
	CU_ASSERT_EQUAL(s.walk.spans[s.where].nr_entries, 100);
	for (uint64_t b = 0; b < NR_DATA; b++) {
		bool in_run = b >= 100 && b < 150;
		bool single = b % 3 == 0 && b <= 900 - 150 && b >= 900 - 297;

		CHECK_IN(b, refs_get(&s.data, b) == -(int)(in_run || single));
	}
	close_leaf();
}

static void many_devices_count_once(void)
{
	open_leaf();
	map(3, 7, 1);
	run(true, 3);
	CU_ASSERT_EQUAL(s.sink.nr, 0);
	CU_ASSERT_EQUAL(refs_get(&s.data, 7), -1);
	close_leaf();
}

static void tells_each_stretch_past_the_end(void)
{
	open_leaf();
	map(0, NR_DATA, 1);
	map(1, NR_DATA - 1, 1);
	map(2, NR_DATA + 1, 1);
	map(9, THIN_MAX_DATA_BLOCKS - 1, 1);
	map(10, 5, 1);
	map(11, NR_DATA, 1);
	run(true, 1);
	CU_ASSERT_EQUAL(s.sink.nr, 3);
	CU_ASSERT_TRUE(is_fault(0, FAULT_MAPPING_BLOCK, 0, 1));
	CU_ASSERT_TRUE(is_fault(1, FAULT_MAPPING_BLOCK, 2, 10));
	CU_ASSERT_TRUE(is_fault(2, FAULT_MAPPING_BLOCK, 11, 12));
	CU_ASSERT_EQUAL(s.sink.faults[0].found, NR_DATA);
	CU_ASSERT_EQUAL(s.sink.faults[0].wanted, NR_DATA);
	CU_ASSERT_EQUAL(refs_get(&s.data, NR_DATA - 1), -1);
	CU_ASSERT_EQUAL(refs_get(&s.data, 5), -1);
	close_leaf();
}

static void tells_times_of_the_future(void)
{
	open_leaf();
	map(0, 1, TIME);
	map(1, 2, TIME + 1);
	map(2, 3, THIN_MAX_TIME);
	map(3, 4, 0);
	run(false, 1);
	CU_ASSERT_EQUAL(s.sink.nr, 1);
	CU_ASSERT_TRUE(is_fault(0, FAULT_MAPPING_TIME, 1, 3));
	CU_ASSERT_EQUAL(s.sink.faults[0].found, TIME + 1);
	CU_ASSERT_EQUAL(s.sink.faults[0].wanted, TIME);
	CU_ASSERT_EQUAL(refs_get(&s.data, 1), 0);
	close_leaf();
}

/* The least snapshot time is 3: only what is older is known to be shared. */
static void tells_shared_mappings_that_count_as_own(void)
{
	open_leaf();
	map(0, 1, 2);
	map(1, 2, 3);
	map(2, 3, 4);
	map(3, 4, 0);
	run(true, 2);
	CU_ASSERT_EQUAL(s.sink.nr, 1);
	CU_ASSERT_TRUE(is_fault(0, FAULT_MAPPING_SHARED, 1, 3));
	CU_ASSERT_TRUE(s.sink.faults[0].shared);
	close_leaf();

	open_leaf();
	map(1, 2, 5);
	run(true, 1);
	CU_ASSERT_EQUAL(s.sink.nr, 0);
	close_leaf();
}

static void an_empty_leaf_is_nothing_special(void)
{
	open_leaf();
	run(true, 2);
	CU_ASSERT_EQUAL(s.sink.nr, 0);
	CU_ASSERT_EQUAL(refs_next(&s.data, 0), NR_DATA);
	close_leaf();
}

void test_mappings_suite(void);
void test_mappings_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "takes each mapping off once", takes_each_mapping_off_once },
		{ "a leaf of many devices counts once", many_devices_count_once },
		{ "tells each stretch past the end", tells_each_stretch_past_the_end },
		{ "tells times of the future", tells_times_of_the_future },
		{ "tells shared mappings that count as own",
		  tells_shared_mappings_that_count_as_own },
		{ "an empty leaf is nothing special", an_empty_leaf_is_nothing_special },
		CU_TEST_INFO_NULL,
	};

	add_suite("mappings", tests);
}
