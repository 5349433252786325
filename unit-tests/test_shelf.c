/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/shelf.h"

#include <errno.h>
#include <string.h>

#include "base/crc32c.h"
#include "io/engine.h"
#include "meta/thin_load.h"
#include "pool_image.h"
#include "unit.h"

enum {
	DEVICES = 4,
	LEAVES = 1500,		/* of each, and those of all take turns on the disk */
	ENTRIES = 3,
	PER_NODE = 250,
	NODES = LEAVES / PER_NODE,
	BLOCKS = DEVICES * (LEAVES + NODES + 1) + 100,
	/* A megabyte at a time it takes 24, and some at the ends; one by one 2400 or more. */
	FEW = 80,
};

/* A device that counts requests, and of which one block cannot be read. */
static struct {
	const struct engine_ops *whole;
	uint64_t unreadable;		/* or 0 */
	unsigned nr_reads;
} disk;

static int read_counted(struct engine *e, void *data, size_t len, uint64_t offset)
{
	uint64_t bad = disk.unreadable * META_BLOCK_SIZE;

	__atomic_fetch_add(&disk.nr_reads, 1, __ATOMIC_RELAXED);
	if (bad && bad >= offset && bad < offset + len)
		return -EIO;
	return disk.whole->read(e, data, len, offset);
}

/* All that is handed out, in its order. */
struct told {
	uint32_t crc;
	uint64_t nr_mappings;
};

static void tell(struct told *t, const void *data, size_t len)
{
	t->crc = crc32c(t->crc, data, len);
}

static int tell_pool(void *arg, const struct thin_pool *p)
{
	tell(arg, &p->transaction_id, sizeof(p->transaction_id));
	return 0;
}

static int tell_id(void *arg, uint64_t id)
{
	tell(arg, &id, sizeof(id));
	return 0;
}

static int tell_device(void *arg, const struct thin_device *d)
{
	return tell_id(arg, d->dev_id);
}

static int tell_end(void *arg)
{
	return tell_id(arg, UINT64_MAX);
}

static int tell_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	struct told *t = arg;

	for (size_t i = 0; i < nr; i++) {
		/* Where one call ends and the next begins is nobody's business. */
		for (uint64_t k = 0; k < runs[i].length; k++) {
			tell_id(t, runs[i].thin_begin + k);
			tell_id(t, runs[i].data_begin + k);
			tell_id(t, runs[i].time);
			t->nr_mappings++;
		}
	}
	return 0;
}

static const struct thin_emit emit_told = {
	.pool_begin = tell_pool, .def_begin = tell_id, .def_end = tell_end,
	.device_begin = tell_device, .device_end = tell_end, .ref = tell_id, .runs = tell_runs,
	.pool_end = tell_end,
};

/* Leaf @i of device @d is leaves[d][i]; the first hundred of device 2 are device 1's. */
struct scattered {
	struct pool_image image;
	uint32_t leaves[DEVICES][LEAVES];
};

static uint32_t make_leaf(struct scattered *s, uint32_t d, uint32_t i)
{
	return d == 2 && i < 100 ? s->leaves[1][i] :
		pool_image_leaf(&s->image, i * ENTRIES, (d * LEAVES + i) * ENTRIES * 2 + i % 2,
				ENTRIES);
}

static void make(struct scattered *s)
{
	uint32_t nodes[NODES];

	pool_image_init_large(&s->image, BLOCKS);
	for (uint32_t i = 0; i < LEAVES; i++)
		for (uint32_t d = 0; d < DEVICES; d++)
			s->leaves[d][i] = make_leaf(s, d, i);
	for (uint32_t d = 0; d < DEVICES; d++) {
		for (uint32_t i = 0; i < NODES; i++)
			nodes[i] = pool_image_node(&s->image, s->leaves[d] + i * PER_NODE,
						   PER_NODE);
		pool_image_device(&s->image, d, pool_image_node(&s->image, nodes, NODES));
	}
	pool_image_finish(&s->image);
}

/* Loads it as a file, and as a disk; both say the same, and hand the same out. */
static int load_both(struct scattered *s, const struct thin_load_opts *o, struct told *told,
		     struct fault *f)
{
	struct engine *e = s->image.engine;
	struct engine_ops ops = *e->ops;
	struct told other = { .crc = 0 };
	struct fault other_fault = { .code = 0 };
	int r;

	*told = (struct told){ .crc = 0 };
	*f = (struct fault){ .code = 0 };
	disk.whole = e->ops;
	ops.read = read_counted;
	e->ops = &ops;
	r = thin_load(e, o, &emit_told, &other, &other_fault);
	e->direct = true;
	disk.nr_reads = 0;
	CU_ASSERT_EQUAL(thin_load(e, o, &emit_told, told, f), r);
	CU_ASSERT_EQUAL(told->crc, other.crc);
	CU_ASSERT_EQUAL(told->nr_mappings, other.nr_mappings);
	CU_ASSERT_EQUAL(f->code, other_fault.code);
	CU_ASSERT_EQUAL(f->where, other_fault.where);
	CU_ASSERT_EQUAL(f->begin, other_fault.begin);
	e->direct = false;
	e->ops = disk.whole;
	return r;
}

static const unsigned threads[] = { 1, 2, 5 };

static void few_requests(void)
{
	struct scattered s;
	struct told told;
	struct fault f;

	make(&s);
	for (unsigned i = 0; i < 3; i++)
		for (unsigned expand = 0; expand < 2; expand++) {
			struct progress progress = { 0, 0 };
			struct thin_load_opts o = {
				.nr_threads = threads[i], .expand = expand, .progress = &progress,
			};

			CU_ASSERT_EQUAL(load_both(&s, &o, &told, &f), 0);
			CU_ASSERT_EQUAL(told.nr_mappings,
					(DEVICES * LEAVES - (expand ? 0 : 100)) * ENTRIES);
			CU_ASSERT_TRUE(disk.nr_reads <= FEW);
			/* Twice, as a file and as a disk. */
			if (!expand)
				CU_ASSERT_EQUAL(progress.done, 2 * progress.total);
		}
	pool_image_exit(&s.image);
}

/* What is wrong with a leaf is found when it is its turn, as ever. */
static void damage(void)
{
	const uint32_t before = 2 * LEAVES + 700;
	struct scattered s;
	struct told told;
	struct fault f;

	make(&s);
	for (unsigned i = 0; i < 3; i++) {
		struct thin_load_opts o = { .nr_threads = threads[i] };
		uint32_t where = s.leaves[2][700];
		struct node_disk *d = pool_image_block(&s.image, where);

		disk.unreadable = where;
		CU_ASSERT_EQUAL(load_both(&s, &o, &told, &f), -EUCLEAN);
		CU_ASSERT_EQUAL(f.code, FAULT_BLOCK_IO);
		CU_ASSERT_EQUAL(f.where, where);
		CU_ASSERT_EQUAL(told.nr_mappings, (before - 100) * ENTRIES);
		disk.unreadable = 0;

		d->header.csum ^= cpu_to_le32(1);
		CU_ASSERT_EQUAL(load_both(&s, &o, &told, &f), -EUCLEAN);
		CU_ASSERT_EQUAL(f.code, FAULT_BLOCK_CSUM);
		CU_ASSERT_EQUAL(told.nr_mappings, (before - 100) * ENTRIES);
		CU_ASSERT_TRUE(disk.nr_reads <= FEW);
		d->header.csum ^= cpu_to_le32(1);
	}
	pool_image_exit(&s.image);
}

static void strays(void)
{
	const __le64 behind = cpu_to_le64(thin_mapping_pack(POOL_IMAGE_DATA, 0));
	struct scattered s;
	struct told told;
	struct fault f;
	uint32_t where;
	char *block;

	make(&s);
	where = s.leaves[3][1400];
	block = pool_image_block(&s.image, where);
	memcpy(block + sizeof(struct node_header_disk) + (node_max_entries(8) + 1) * sizeof(behind),
	       &behind, sizeof(behind));
	pool_image_reseal(&s.image, where);
	for (unsigned i = 0; i < 3; i++) {
		struct thin_load_opts o = { .nr_threads = threads[i] };

		CU_ASSERT_EQUAL(load_both(&s, &o, &told, &f), -EUCLEAN);
		CU_ASSERT_EQUAL(f.code, FAULT_MAPPING_BLOCK);
		CU_ASSERT_EQUAL(f.where, where);
		/* The first entry is still told. */
		CU_ASSERT_EQUAL(told.nr_mappings, (3 * LEAVES + 1400 - 100) * ENTRIES + 1);
	}
	pool_image_exit(&s.image);
}

void test_shelf_suite(void);
void test_shelf_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "reads scattered leaves with few requests", few_requests },
		{ "leaves what is damaged to those who want it", damage },
		{ "and what is mapped too far", strays },
		CU_TEST_INFO_NULL,
	};

	add_suite("shelf", tests);
}
