/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "meta/thin_ls.h"
#include "pool_image.h"
#include "unit.h"

static int list(struct pool_image *p, enum thin_ls_depth depth, struct thin_ls_list *l,
		struct fault *f)
{
	return thin_ls(p->engine, &(struct thin_ls_opts){ .depth = depth }, l, f);
}

/*
 * Devices 1 and 2 share a leaf below roots of their own; device 3 maps some of
 * what device 2 has in a leaf of its own; device 4 is empty, 5 and 6 are one.
 */
static void make(struct pool_image *p, uint32_t leaves[4])
{
	uint32_t shared, more[2];

	pool_image_init(p);
	shared = leaves[0] = pool_image_leaf(p, 0, 100, 10);
	leaves[1] = pool_image_leaf(p, 20, 200, 5);
	leaves[2] = pool_image_leaf(p, 30, 300, 6);
	more[0] = shared;
	more[1] = leaves[1];
	pool_image_device(p, 1, pool_image_node(p, more, 2));
	more[1] = leaves[2];
	pool_image_device(p, 2, pool_image_node(p, more, 2));
	leaves[3] = pool_image_leaf(p, 0, 304, 4);
	pool_image_device(p, 3, leaves[3]);
	pool_image_device(p, 4, pool_image_leaf(p, 0, 0, 0));
	more[0] = pool_image_leaf(p, 50, 500, 7);
	pool_image_device(p, 5, more[0]);
	pool_image_device(p, 6, more[0]);
	pool_image_finish(p);
}

static void counts(void)
{
	static const struct {
		uint32_t id;
		uint64_t mapped, exclusive, highest;
	} wanted[] = {
		{ 1, 15, 5, 24 },
		{ 2, 16, 4, 35 },
		{ 3, 4, 2, 3 },
		{ 4, 0, 0, 0 },
		{ 5, 7, 0, 56 },
		{ 6, 7, 0, 56 },
	};
	struct thin_ls_list l;
	struct pool_image p;
	uint32_t leaves[4];
	struct fault f;

	make(&p, leaves);
	CU_ASSERT_EQUAL_FATAL(list(&p, THIN_LS_EXCLUSIVE, &l, &f), 0);
	CU_ASSERT_EQUAL(l.data_block_size, 128);
	CU_ASSERT_EQUAL_FATAL(l.nr, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < l.nr; i++) {
		CHECK_IN(i, l.devices[i].details.dev_id == wanted[i].id);
		CHECK_IN(i, l.devices[i].mapped == wanted[i].mapped);
		CHECK_IN(i, l.devices[i].exclusive == wanted[i].exclusive);
		CHECK_IN(i, l.devices[i].highest == wanted[i].highest);
	}
	thin_ls_free(&l);
	CU_ASSERT_EQUAL(list(&p, THIN_LS_MAPPED, &l, &f), 0);
	CU_ASSERT_EQUAL(l.devices[1].mapped, 16);
	CU_ASSERT_EQUAL(l.devices[1].exclusive, 0);
	thin_ls_free(&l);
	pool_image_exit(&p);
}

static void twice_in_one_device(void)
{
	struct thin_ls_list l;
	uint32_t leaves[2];
	struct pool_image p;
	struct fault f;

	pool_image_init(&p);
	leaves[0] = pool_image_leaf(&p, 0, 100, 10);
	leaves[1] = pool_image_leaf(&p, 10, 105, 10);
	pool_image_device(&p, 1, pool_image_node(&p, leaves, 2));
	pool_image_finish(&p);
	CU_ASSERT_EQUAL_FATAL(list(&p, THIN_LS_EXCLUSIVE, &l, &f), 0);
	CU_ASSERT_EQUAL(l.devices[0].mapped, 20);
	CU_ASSERT_EQUAL(l.devices[0].exclusive, 15);
	thin_ls_free(&l);
	pool_image_exit(&p);
}

static void reads_no_trees_for_details(void)
{
	struct thin_ls_list l;
	struct pool_image p;
	uint32_t leaves[4];
	struct fault f;

	make(&p, leaves);
	((char *)pool_image_block(&p, leaves[0]))[99] ^= 1;
	((char *)pool_image_block(&p, p.roots[1]))[99] ^= 1;
	CU_ASSERT_EQUAL(list(&p, THIN_LS_DEVICES, &l, &f), 0);
	CU_ASSERT_EQUAL(l.nr, 6);
	thin_ls_free(&l);
	pool_image_exit(&p);
}

static void names_damage(void)
{
	struct thin_ls_list l;
	struct pool_image p;
	uint32_t leaves[4];
	struct fault f;

	make(&p, leaves);
	((char *)pool_image_block(&p, leaves[2]))[99] ^= 1;
	((char *)pool_image_block(&p, leaves[1]))[99] ^= 1;
	CU_ASSERT_EQUAL(list(&p, THIN_LS_MAPPED, &l, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.where, leaves[1]);
	CU_ASSERT_EQUAL(f.code, FAULT_BLOCK_CSUM);
	CU_ASSERT_EQUAL(f.begin, 20);
	CU_ASSERT_PTR_NULL(l.devices);
	((char *)pool_image_block(&p, p.roots[0]))[99] ^= 1;
	CU_ASSERT_EQUAL(list(&p, THIN_LS_EXCLUSIVE, &l, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.where, p.roots[0]);
	((char *)pool_image_block(&p, p.top))[99] ^= 1;
	CU_ASSERT_EQUAL(list(&p, THIN_LS_DEVICES, &l, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.where, p.top);
	pool_image_exit(&p);
}

/* Spoils a block; which device does the fault name? */
static uint32_t blamed(struct pool_image *p, uint32_t where, bool *shared)
{
	char *byte = (char *)pool_image_block(p, where) + 99;
	struct thin_ls_list l;
	struct fault f;

	*byte ^= 1;
	CU_ASSERT_EQUAL(list(p, THIN_LS_MAPPED, &l, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.where, where);
	*byte ^= 1;
	*shared = f.shared;
	return f.dev_id;
}

static void names_whom_damage_hits(void)
{
	struct pool_image p;
	uint32_t leaves[4];
	bool shared;

	make(&p, leaves);
	CU_ASSERT_EQUAL(blamed(&p, leaves[0], &shared), 1);
	CU_ASSERT_TRUE(shared);
	CU_ASSERT_EQUAL(blamed(&p, leaves[2], &shared), 2);
	CU_ASSERT_FALSE(shared);
	CU_ASSERT_EQUAL(blamed(&p, p.roots[1], &shared), 2);
	CU_ASSERT_FALSE(shared);
	CU_ASSERT_EQUAL(blamed(&p, leaves[3], &shared), 3);
	CU_ASSERT_FALSE(shared);
	CU_ASSERT_EQUAL(blamed(&p, p.roots[4], &shared), 5);
	CU_ASSERT_TRUE(shared);
	pool_image_exit(&p);
}

static void strays(void)
{
	struct thin_ls_list l;
	struct pool_image p;
	uint32_t leaf;
	struct fault f;

	pool_image_init(&p);
	leaf = pool_image_leaf(&p, 7, POOL_IMAGE_DATA - 2, 4);
	pool_image_device(&p, 1, leaf);
	pool_image_finish(&p);
	CU_ASSERT_EQUAL(list(&p, THIN_LS_EXCLUSIVE, &l, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.code, FAULT_MAPPING_BLOCK);
	CU_ASSERT_EQUAL(f.where, leaf);
	CU_ASSERT_EQUAL(f.found, POOL_IMAGE_DATA);
	CU_ASSERT_EQUAL(f.begin, 9);
	pool_image_exit(&p);
}

static void metadata_snapshot(void)
{
	struct thin_ls_opts o = { .depth = THIN_LS_EXCLUSIVE, .metadata_snap = true };
	struct thin_ls_list l;
	struct pool_image p;
	uint32_t leaves[4], held;
	struct fault f;

	make(&p, leaves);
	CU_ASSERT_EQUAL(thin_ls(p.engine, &o, &l, &f), -ENODATA);
	held = pool_image_hold(&p);
	CU_ASSERT_EQUAL(thin_ls(p.engine, &o, &l, &f), 0);
	CU_ASSERT_EQUAL(l.devices[0].exclusive, 5);
	thin_ls_free(&l);
	o.metadata_snap_block = held + 1;
	CU_ASSERT_EQUAL(thin_ls(p.engine, &o, &l, &f), -ESTALE);
	o.metadata_snap_block = held;
	CU_ASSERT_EQUAL(thin_ls(p.engine, &o, &l, &f), 0);
	thin_ls_free(&l);
	pool_image_exit(&p);
}

static void no_devices(void)
{
	struct thin_ls_list l;
	struct pool_image p;
	struct fault f;

	pool_image_init(&p);
	pool_image_finish(&p);
	CU_ASSERT_EQUAL(list(&p, THIN_LS_EXCLUSIVE, &l, &f), 0);
	CU_ASSERT_EQUAL(l.nr, 0);
	thin_ls_free(&l);
	pool_image_exit(&p);
}

void test_ls_suite(void);
void test_ls_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "counts what devices map, have to themselves and map last", counts },
		{ "counts a block that one device maps twice once as its own",
		  twice_in_one_device },
		{ "reads no mapping trees when details will do", reads_no_trees_for_details },
		{ "names the first damaged block", names_damage },
		{ "names whom damage hits", names_whom_damage_hits },
		{ "refuses mappings behind the end of the data device", strays },
		{ "lists the metadata snapshot", metadata_snapshot },
		{ "lists a pool without devices", no_devices },
		CU_TEST_INFO_NULL,
	};

	add_suite("ls", tests);
}
