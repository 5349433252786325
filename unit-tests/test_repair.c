/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emit_text.h"
#include "meta/thin_repair.h"
#include "pdata/block.h"
#include "pool_image.h"
#include "unit.h"

static const struct thin_load_opts plain;

/* Device 1 has three leaves below two levels, device 2 shares two of them. */
struct pool {
	struct pool_image image;
	uint32_t leaves[3];
	uint32_t nodes[2];
	uint32_t root;
};

static const char whole[] = "pool def 1: 0+20>100 end dev 1: ref 1 30+10>300 end "
			    "dev 2: ref 1 end end";

static void make(struct pool *p)
{
	struct pool_image *i = &p->image;

	pool_image_init(i);
	p->leaves[0] = pool_image_leaf(i, 0, 100, 10);
	p->leaves[1] = pool_image_leaf(i, 10, 110, 10);
	p->leaves[2] = pool_image_leaf(i, 30, 300, 10);
	p->nodes[0] = pool_image_node(i, p->leaves, 2);
	p->nodes[1] = pool_image_node(i, p->leaves + 2, 1);
	p->root = pool_image_node(i, p->nodes, 2);
	pool_image_device(i, 1, p->root);
	pool_image_device(i, 2, p->nodes[0]);
	pool_image_finish(i);
}

static void *block(struct pool *p, uint32_t where)
{
	return pool_image_block(&p->image, where);
}

static void zero(struct pool *p, uint32_t where)
{
	memset(block(p, where), 0, META_BLOCK_SIZE);
}

/* Repairs, and puts what is there then into @t. */
static int repair(struct pool *p, const struct thin_repair_opts *o, struct emit_text *t,
		  struct thin_salvage **s)
{
	struct fault f;
	int r;

	*t = (struct emit_text){ .len = 0 };
	*s = NULL;
	r = thin_salvage_new(p->image.engine, o, s);
	return r ? r : thin_salvage_load(*s, &plain, &emit_text, t, &f);
}

static size_t count(const struct thin_salvage *s, enum thin_finding_code code)
{
	const struct thin_repair_report *rep = thin_salvage_report(s);
	size_t nr = 0;

	for (size_t i = 0; i < rep->nr_findings; i++)
		nr += rep->findings[i].code == code;
	return nr;
}

static const struct thin_repair_opts none = { .nr_threads = 1 };

static void sound(void)
{
	struct thin_salvage *s;
	struct emit_text t;
	struct pool p;

	make(&p);
	CU_ASSERT_EQUAL(repair(&p, &none, &t, &s), 0);
	CU_ASSERT_STRING_EQUAL(t.text, whole);
	CU_ASSERT_EQUAL(thin_salvage_report(s)->nr_by_class[THIN_LOSS], 0);
	CU_ASSERT_EQUAL(thin_salvage_report(s)->nr_devices, 2);
	CU_ASSERT_EQUAL(thin_salvage_report(s)->nr_mappings, 50);
	thin_salvage_free(s);
	pool_image_exit(&p.image);
}

static void lost_leaf(void)
{
	struct thin_salvage *s;
	struct emit_text t;
	struct pool p;

	make(&p);
	zero(&p, p.leaves[1]);
	CU_ASSERT_EQUAL(repair(&p, &none, &t, &s), 0);
	CU_ASSERT_STRING_EQUAL(t.text, "pool def 1: 0+10>100 end dev 1: ref 1 30+10>300 end "
			       "dev 2: ref 1 end end");
	/* Each device is told. */
	CU_ASSERT_EQUAL(count(s, THIN_FINDING_LOST), 2);
	thin_salvage_free(s);
	pool_image_exit(&p.image);
}

static void lost_inner_node(void)
{
	struct thin_salvage *s;
	struct emit_text t;
	struct pool p;

	make(&p);
	zero(&p, p.nodes[1]);
	CU_ASSERT_EQUAL(repair(&p, &none, &t, &s), 0);
	CU_ASSERT_STRING_EQUAL(t.text, whole);
	CU_ASSERT_EQUAL(count(s, THIN_FINDING_ATTACHED), 1);
	thin_salvage_free(s);
	pool_image_exit(&p.image);
}

static void one_bit(void)
{
	struct thin_salvage *s;
	struct emit_text t;
	struct pool p;

	for (uint32_t bit = 0; bit < 8 * META_BLOCK_SIZE; bit += 997) {
		make(&p);
		((char *)block(&p, p.leaves[0]))[bit / 8] ^= (char)(1 << bit % 8);
		CU_ASSERT_EQUAL(repair(&p, &none, &t, &s), 0);
		CHECK_IN(bit, !strcmp(t.text, whole));
		CHECK_IN(bit, count(s, THIN_FINDING_BLOCK_MENDED) == 1);
		thin_salvage_free(s);
		pool_image_exit(&p.image);
	}
}

static void moved(void)
{
	struct thin_salvage *s;
	char was[META_BLOCK_SIZE];
	struct emit_text t;
	struct pool p;

	make(&p);
	memcpy(was, block(&p, p.leaves[0]), sizeof(was));
	memcpy(block(&p, p.leaves[0]), block(&p, p.nodes[1]), sizeof(was));
	memcpy(block(&p, p.nodes[1]), was, sizeof(was));
	CU_ASSERT_EQUAL(repair(&p, &none, &t, &s), 0);
	CU_ASSERT_STRING_EQUAL(t.text, whole);
	CU_ASSERT_EQUAL(count(s, THIN_FINDING_BLOCK_MOVED), 2);
	thin_salvage_free(s);
	pool_image_exit(&p.image);
}

static void set_mapping(struct pool *p, uint32_t leaf, uint32_t i, uint64_t data)
{
	struct node_disk *d = block(p, leaf);

	d->keys[252 + i] = __cpu_to_le64(thin_mapping_pack(data, 0));
	pool_image_reseal(&p->image, leaf);
}

static void behind_the_end(void)
{
	struct thin_salvage *s;
	struct emit_text t;
	struct pool p;

	make(&p);
	set_mapping(&p, p.leaves[2], 3, POOL_IMAGE_DATA);
	CU_ASSERT_EQUAL(repair(&p, &none, &t, &s), 0);
	CU_ASSERT_STRING_EQUAL(t.text, "pool def 1: 0+20>100 end dev 1: ref 1 30+3>300 34+6>304 "
			       "end dev 2: ref 1 end end");
	CU_ASSERT_EQUAL(count(s, THIN_FINDING_STRAY), 1);
	thin_salvage_free(s);
	pool_image_exit(&p.image);
}

static void mapped_twice(void)
{
	struct thin_salvage *s;
	struct emit_text t;
	struct pool p;

	make(&p);
	set_mapping(&p, p.leaves[2], 0, 105);
	CU_ASSERT_EQUAL(repair(&p, &none, &t, &s), 0);
	CU_ASSERT_STRING_EQUAL(t.text, "pool def 1: 0+20>100 end dev 1: ref 1 31+9>301 end "
			       "dev 2: ref 1 end end");
	CU_ASSERT_EQUAL(count(s, THIN_FINDING_TWICE), 1);
	thin_salvage_free(s);
	pool_image_exit(&p.image);
}

/* Of two, the one that an older leaf has as well. */
static void mapped_twice_once_before(void)
{
	struct thin_salvage *s;
	struct emit_text t;
	struct pool p;

	make(&p);
	set_mapping(&p, p.leaves[0], 5, 300);
	pool_image_leaf(&p.image, 30, 300, 10);
	CU_ASSERT_EQUAL(repair(&p, &none, &t, &s), 0);
	CU_ASSERT_STRING_EQUAL(t.text, "pool def 1: 0+5>100 6+14>106 end dev 1: ref 1 30+10>300 "
			       "end dev 2: ref 1 end end");
	CU_ASSERT_EQUAL(count(s, THIN_FINDING_TWICE), 2);
	thin_salvage_free(s);
	pool_image_exit(&p.image);
}

static void lost_details(void)
{
	const struct thin_repair_report *rep;
	struct thin_salvage *s;
	struct emit_text t;
	struct pool p;

	make(&p);
	zero(&p, p.image.details);
	CU_ASSERT_EQUAL(repair(&p, &none, &t, &s), 0);
	CU_ASSERT_STRING_EQUAL(t.text, whole);
	CU_ASSERT_EQUAL(count(s, THIN_FINDING_DETAILS_MADE), 2);
	rep = thin_salvage_report(s);
	CU_ASSERT_EQUAL(rep->devices[0].device.mapped_blocks, 30);
	CU_ASSERT_EQUAL(rep->devices[0].device.transaction_id, 4);
	CU_ASSERT_EQUAL(rep->devices[0].device.snapshotted_time, 2);
	CU_ASSERT_EQUAL(rep->pool.time, 2);
	thin_salvage_free(s);
	pool_image_exit(&p.image);
}

static void lost_superblock(void)
{
	struct thin_repair_opts o = none;
	struct thin_salvage *s;
	struct emit_text t;
	struct pool p;

	make(&p);
	zero(&p, 0);
	CU_ASSERT_EQUAL(repair(&p, &o, &t, &s), -ENOKEY);
	o.overrides.has_data_block_size = true;
	o.overrides.data_block_size = 100;
	CU_ASSERT_EQUAL(repair(&p, &o, &t, &s), -EINVAL);
	o.overrides.data_block_size = 256;
	CU_ASSERT_EQUAL(repair(&p, &o, &t, &s), 0);
	CU_ASSERT_STRING_EQUAL(t.text, whole);
	CU_ASSERT_EQUAL(thin_salvage_report(s)->pool.data_block_size, 256);
	CU_ASSERT_EQUAL(thin_salvage_report(s)->pool.nr_data_blocks, 310);
	CU_ASSERT_EQUAL(count(s, THIN_FINDING_NR_DATA_BLOCKS), 1);
	thin_salvage_free(s);
	pool_image_exit(&p.image);
}

static void absurd_time(void)
{
	struct thin_salvage *s;
	struct thin_sb_disk *d;
	struct emit_text t;
	struct pool p;

	make(&p);
	d = block(&p, 0);
	d->time = __cpu_to_le32(THIN_MAX_TIME + 1);
	block_seal(d, 0, THIN_SB_SALT);
	CU_ASSERT_EQUAL(repair(&p, &none, &t, &s), 0);
	CU_ASSERT_STRING_EQUAL(t.text, whole);
	CU_ASSERT_EQUAL(count(s, THIN_FINDING_TIME), 1);
	CU_ASSERT_EQUAL(thin_salvage_report(s)->pool.time, 1);
	thin_salvage_free(s);
	pool_image_exit(&p.image);
}

/* A snapshot time above it cannot be, so the mapping's is made less. */
static void latest_time(void)
{
	struct thin_salvage *s;
	struct node_disk *d;
	struct emit_text t;
	struct pool p;

	make(&p);
	d = block(&p, p.leaves[0]);
	d->keys[252 + 3] = __cpu_to_le64(thin_mapping_pack(103, THIN_MAX_TIME));
	pool_image_reseal(&p.image, p.leaves[0]);
	CU_ASSERT_EQUAL(repair(&p, &none, &t, &s), 0);
	CU_ASSERT_EQUAL(thin_salvage_report(s)->pool.time, THIN_MAX_TIME);
	CU_ASSERT_EQUAL(thin_salvage_report(s)->devices[0].device.snapshotted_time, THIN_MAX_TIME);
	/* Another time is another run. */
	CU_ASSERT_PTR_NOT_NULL(strstr(t.text, "0+3>100 3+1>103"));
	CU_ASSERT_EQUAL(t.latest, THIN_MAX_TIME - 1);
	thin_salvage_free(s);
	pool_image_exit(&p.image);
}

static void nothing_left(void)
{
	struct thin_salvage *s;
	struct emit_text t;
	struct pool p;

	make(&p);
	zero(&p, p.image.top);
	zero(&p, p.image.details);
	CU_ASSERT_EQUAL(repair(&p, &none, &t, &s), -ENODATA);
	pool_image_exit(&p.image);
}

/* A node that leads to itself, and all that only it leads to. */
static void loop(void)
{
	struct node_disk *d;
	struct thin_salvage *s;
	struct emit_text t;
	struct pool p;

	make(&p);
	d = block(&p, p.nodes[1]);
	d->keys[252] = __cpu_to_le64(p.nodes[1]);
	pool_image_reseal(&p.image, p.nodes[1]);
	CU_ASSERT_EQUAL(repair(&p, &none, &t, &s), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(t.text, "0+20>100"));
	thin_salvage_free(s);
	pool_image_exit(&p.image);
}

static void chosen_roots(void)
{
	struct thin_roots *roots = NULL;
	struct thin_repair_opts o = none;
	struct thin_salvage *s;
	struct emit_text t;
	struct pool p;
	size_t nr = 0;

	make(&p);
	CU_ASSERT_EQUAL(thin_roots_find(p.image.engine, &none, &roots, &nr), 0);
	CU_ASSERT_EQUAL_FATAL(nr, 1);
	CU_ASSERT_EQUAL(roots[0].mapping_root, p.image.top);
	CU_ASSERT_EQUAL(roots[0].details_root, p.image.details);
	CU_ASSERT_EQUAL(roots[0].nr_devices, 2);
	CU_ASSERT_TRUE(roots[0].current);
	free(roots);
	o.has_mapping_root = o.has_details_root = true;
	o.mapping_root = p.image.top;
	o.details_root = p.leaves[0];
	CU_ASSERT_EQUAL(repair(&p, &o, &t, &s), -ENOENT);
	o.details_root = p.image.details;
	CU_ASSERT_EQUAL(repair(&p, &o, &t, &s), 0);
	CU_ASSERT_STRING_EQUAL(t.text, whole);
	thin_salvage_free(s);
	pool_image_exit(&p.image);
}

static void words(void)
{
	char text[THIN_FINDING_TEXT_MAX];

	for (unsigned i = 0; i < NR_THIN_FINDINGS; i++) {
		struct thin_finding f = {
			.code = (enum thin_finding_code)i, .where = UINT64_MAX,
			.nr = UINT64_MAX, .found = UINT64_MAX, .wanted = UINT64_MAX,
		};

		thin_finding_text(&f, text);
		CHECK_IN(i, !strchr(text, '{') && *text);
		CHECK_IN(i, strlen(thin_finding_name(&f)) > 0);
		CHECK_IN(i, strlen(thin_finding_class_name(thin_finding_class(&f))) > 0);
	}
}

static CU_TestInfo tests[] = {
	{ "leaves a sound pool as it is", sound },
	{ "a lost leaf costs that leaf, and every device is told", lost_leaf },
	{ "finds what is below a lost inner node", lost_inner_node },
	{ "puts one wrong bit right, wherever it is", one_bit },
	{ "finds blocks that have changed places", moved },
	{ "drops mappings behind the end of the data device", behind_the_end },
	{ "drops one of two mappings of a data block", mapped_twice },
	{ "keeps the one of the two that an older leaf has as well", mapped_twice_once_before },
	{ "makes lost details anew", lost_details },
	{ "does without a superblock when it is told the block size", lost_superblock },
	{ "takes a time that nothing can have for none", absurd_time },
	{ "leaves no shared mapping at the latest time of all", latest_time },
	{ "makes no empty pool of what is lost", nothing_left },
	{ "does not go round in circles", loop },
	{ "lists roots and begins where it is told", chosen_roots },
	{ "has words for every finding", words },
	CU_TEST_INFO_NULL
};

void test_repair_suite(void);

void test_repair_suite(void)
{
	add_suite("repair", tests);
}
