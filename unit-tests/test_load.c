/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emit_text.h"
#include "meta/thin_dump.h"
#include "pool_image.h"
#include "thin/sb.h"
#include "unit.h"

static int load(struct pool_image *p, const struct thin_load_opts *o, struct emit_text *t,
		struct fault *f)
{
	*t = (struct emit_text){ .len = 0 };
	return thin_load(p->engine, o, &emit_text, t, f);
}

static const struct thin_load_opts plain;

/* Device 1 has three leaves below two levels, device 2 one, device 3 none. */
static void make(struct pool_image *p, uint32_t leaves[3])
{
	uint32_t nodes[2];

	pool_image_init(p);
	leaves[0] = pool_image_leaf(p, 0, 100, 10);
	leaves[1] = pool_image_leaf(p, 10, 110, 10);
	leaves[2] = pool_image_leaf(p, 30, 300, 10);
	nodes[0] = pool_image_node(p, leaves, 2);
	nodes[1] = pool_image_node(p, leaves + 2, 1);
	pool_image_device(p, 1, pool_image_node(p, nodes, 2));
	pool_image_device(p, 2, pool_image_leaf(p, 7, 70, 1));
	pool_image_device(p, 3, pool_image_leaf(p, 0, 0, 0));
	pool_image_finish(p);
}

static void joined(void)
{
	uint32_t leaves[3];
	struct pool_image p;
	struct emit_text t;
	struct fault f;

	make(&p, leaves);
	CU_ASSERT_EQUAL(load(&p, &plain, &t, &f), 0);
	CU_ASSERT_STRING_EQUAL(t.text, "pool dev 1: 0+20>100 30+10>300 end dev 2: 7+1>70 end "
			       "dev 3: end end");
	CU_ASSERT_EQUAL(load(&p, &(struct thin_load_opts){ .skip_mappings = true }, &t, &f), 0);
	CU_ASSERT_STRING_EQUAL(t.text, "pool dev 1: end dev 2: end dev 3: end end");
	pool_image_exit(&p);
}

static void spoilt_leaf(void)
{
	uint32_t leaves[3];
	struct pool_image p;
	struct emit_text t;
	struct fault f;

	make(&p, leaves);
	((char *)pool_image_block(&p, leaves[1]))[99] ^= 1;
	CU_ASSERT_EQUAL(load(&p, &plain, &t, &f), -EUCLEAN);
	CU_ASSERT_STRING_EQUAL(t.text, "pool dev 1: 0+10>100");
	CU_ASSERT_EQUAL(f.code, FAULT_BLOCK_CSUM);
	CU_ASSERT_EQUAL(f.where, leaves[1]);
	CU_ASSERT_EQUAL(f.dev_id, 1);
	CU_ASSERT_EQUAL(f.begin, 10);
	CU_ASSERT_EQUAL(f.end, 30);
	pool_image_exit(&p);
}

static void spoilt_first_leaf(void)
{
	uint32_t leaves[3];
	struct pool_image p;
	struct emit_text t;
	struct fault f;

	make(&p, leaves);
	((char *)pool_image_block(&p, leaves[0]))[99] ^= 1;
	CU_ASSERT_EQUAL(load(&p, &plain, &t, &f), -EUCLEAN);
	CU_ASSERT_STRING_EQUAL(t.text, "pool dev 1:");
	CU_ASSERT_EQUAL(f.where, leaves[0]);
	CU_ASSERT_EQUAL(f.begin, 0);
	CU_ASSERT_EQUAL(f.end, 10);
	pool_image_exit(&p);
}

/* Spoils key @i of node @where and expects @code. */
static void expect_key(uint32_t leaf, uint32_t i, uint64_t key, enum fault_code code)
{
	uint32_t leaves[3];
	struct pool_image p;
	struct emit_text t;
	struct fault f;
	struct node_disk *d;

	make(&p, leaves);
	d = pool_image_block(&p, leaves[leaf]);
	d->keys[i] = cpu_to_le64(key);
	pool_image_reseal(&p, leaves[leaf]);
	CU_ASSERT_EQUAL(load(&p, &plain, &t, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.code, code);
	CU_ASSERT_EQUAL(f.where, leaves[leaf]);
	pool_image_exit(&p);
}

static void bounds(void)
{
	expect_key(1, 0, 9, FAULT_NODE_KEY_LOW);
	expect_key(1, 9, 30, FAULT_NODE_KEY_HIGH);
	expect_key(1, 5, 14, FAULT_NODE_KEY_ORDER);
}

/* Lets the root of device 1 have @child in place of its second one. */
static void expect_child(uint64_t child, enum fault_code code)
{
	uint32_t leaves[3];
	struct pool_image p;
	struct emit_text t;
	struct fault f;
	__le64 child_le = cpu_to_le64(child);
	struct node_disk *d;

	make(&p, leaves);
	d = pool_image_block(&p, p.roots[0]);
	memcpy((char *)(d->keys + node_max_entries(8) + 1), &child_le, sizeof(child_le));
	pool_image_reseal(&p, p.roots[0]);
	CU_ASSERT_EQUAL(load(&p, &plain, &t, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.code, code);
	CU_ASSERT_EQUAL(f.dev_id, 1);
	pool_image_exit(&p);
}

static void pointers(void)
{
	uint32_t leaves[3];
	struct pool_image p;

	make(&p, leaves);
	expect_child(POOL_IMAGE_BLOCKS, FAULT_PTR_RANGE);
	expect_child(UINT64_MAX, FAULT_PTR_RANGE);
	expect_child(p.roots[0], FAULT_PTR_HEIGHT);
	expect_child(p.roots[1], FAULT_PTR_HEIGHT);
	expect_child(leaves[2], FAULT_NODE_DEPTH);
	expect_child(leaves[2] + 1, FAULT_NODE_KEY_LOW);
	pool_image_exit(&p);
}

static void stray(void)
{
	uint32_t leaves[3];
	struct pool_image p;
	struct emit_text t;
	struct fault f;
	const struct thin_load_opts o = {
		.overrides = { .has_nr_data_blocks = true, .nr_data_blocks = 305 },
	};

	make(&p, leaves);
	CU_ASSERT_EQUAL(load(&p, &o, &t, &f), -EUCLEAN);
	CU_ASSERT_STRING_EQUAL(t.text, "pool dev 1: 0+20>100 30+5>300");
	CU_ASSERT_EQUAL(f.code, FAULT_MAPPING_BLOCK);
	CU_ASSERT_EQUAL(f.begin, 35);
	CU_ASSERT_EQUAL(f.found, 305);
	pool_image_exit(&p);
}

/* Takes the last device out of one of the two device trees. */
static void expect_lack(bool of_details, enum fault_code code)
{
	uint32_t leaves[3], tree;
	struct pool_image p;
	struct emit_text t;
	struct fault f;
	struct node_disk *d;

	make(&p, leaves);
	tree = of_details ? p.details : p.top;
	d = pool_image_block(&p, tree);
	d->header.nr_entries = cpu_to_le32(2);
	pool_image_reseal(&p, tree);
	CU_ASSERT_EQUAL(load(&p, &plain, &t, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(f.code, code);
	CU_ASSERT_EQUAL(f.found, 3);
	CU_ASSERT_STRING_EQUAL(t.text, "pool dev 1: 0+20>100 30+10>300 end dev 2: 7+1>70 end");
	pool_image_exit(&p);
}

static void lacking(void)
{
	expect_lack(true, FAULT_DEV_NO_DETAILS);
	expect_lack(false, FAULT_DEV_NO_MAPPINGS);
}

static void snapshot(void)
{
	uint32_t leaves[3];
	struct pool_image p;
	struct emit_text t;
	struct fault f;
	struct thin_load_opts o = { .metadata_snap = true };

	make(&p, leaves);
	CU_ASSERT_EQUAL(load(&p, &o, &t, &f), -ENODATA);
	o.metadata_snap_block = pool_image_hold(&p);
	CU_ASSERT_EQUAL(load(&p, &o, &t, &f), 0);
	o.metadata_snap_block++;
	CU_ASSERT_EQUAL(load(&p, &o, &t, &f), -ESTALE);
	pool_image_exit(&p);
}

/* The XML that @nr_threads make of a pool; free() it. */
static char *dump(struct pool_image *p, unsigned nr_threads, int want)
{
	const struct thin_load_opts o = { .nr_threads = nr_threads };
	FILE *file = tmpfile();
	struct fault f;
	char *text;
	long len;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL(thin_dump(p->engine, fileno(file), THIN_DUMP_XML, &o, &f), want);
	len = lseek(fileno(file), 0, SEEK_CUR);
	text = calloc((size_t)len + 1, 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_EQUAL(pread(fileno(file), text, (size_t)len, 0), len);
	fclose(file);
	return text;
}

static void threads(void)
{
	uint32_t leaves[100];
	struct pool_image p;
	char *one, *many;

	pool_image_init(&p);
	for (uint32_t i = 0; i < 100; i++)
		leaves[i] = pool_image_leaf(&p, i * 250, i * 250, 250);
	pool_image_device(&p, 0, pool_image_node(&p, leaves, 100));
	pool_image_finish(&p);
	for (uint32_t round = 0; round < 2; round++) {
		int want = round ? -EUCLEAN : 0;

		/* In the second round the last leaf but one is spoilt. */
		((char *)pool_image_block(&p, leaves[98]))[0] ^= (char)round;
		one = dump(&p, 1, want);
		many = dump(&p, 7, want);
		CU_ASSERT_STRING_EQUAL(one, many);
		CU_ASSERT_PTR_NOT_NULL(strstr(one, round ? "length=\"24500\"" :
					      "length=\"25000\""));
		CU_ASSERT_EQUAL(strstr(one, "</superblock>") == NULL, round == 1);
		free(one);
		free(many);
	}
	pool_image_exit(&p);
}

static CU_TestInfo tests[] = {
	{ "joins runs across leaves", joined },
	{ "hands out what comes before damage, and names the damage", spoilt_leaf },
	{ "knows how far damage at the very beginning goes", spoilt_first_leaf },
	{ "refuses keys beyond the bounds of the parent", bounds },
	{ "refuses pointers that lead astray", pointers },
	{ "refuses mappings behind the end of the data device", stray },
	{ "stops where the device trees differ", lacking },
	{ "reads the metadata snapshot only where it is", snapshot },
	{ "says the same with one thread and with many", threads },
	CU_TEST_INFO_NULL
};

void test_load_suite(void);

void test_load_suite(void)
{
	add_suite("load", tests);
}
