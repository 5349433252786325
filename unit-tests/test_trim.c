/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "fixture.h"
#include "meta/thin_trim.h"
#include "thin/unused.h"
#include "unit.h"

#define BLOCK 65536ull

/* A data device that remembers what was discarded, in sectors, and has limits. */
struct data {
	struct engine engine;
	struct engine_discards limits;
	struct bits gone;
	unsigned nr_calls;
	unsigned fails_at;
};

static int data_discard(struct engine *e, uint64_t offset, uint64_t len)
{
	struct data *d = (struct data *)e;

	if (++d->nr_calls == d->fails_at)
		return -EREMOTEIO;
	CU_ASSERT_EQUAL(offset % 512 + len % 512, 0);
	for (uint64_t i = offset / 512; i < (offset + len) / 512; i++)
		CHECK_IN(i, bits_add(&d->gone, i));
	return 0;
}

static int data_limits(struct engine *e, struct engine_discards *limits)
{
	*limits = ((struct data *)e)->limits;
	return 0;
}

static int data_flush(struct engine *e)
{
	(void)e;
	return 0;
}

static const struct engine_ops data_ops = {
	.flush = data_flush, .discard = data_discard, .discard_limits = data_limits,
};

static void data_init(struct data *d, uint64_t nr_blocks, uint64_t granularity, uint64_t first)
{
	*d = (struct data){
		.engine = { .ops = &data_ops, .size = nr_blocks * BLOCK },
		.limits = { .possible = true, .granularity = granularity, .first = first },
	};
	CU_ASSERT_EQUAL_FATAL(bits_init(&d->gone, d->engine.size / 512), 0);
}

/* Of 100 blocks 10..19 and 25, 27 and 60..99 are unused. */
static void unused_init(struct thin_unused *u)
{
	CU_ASSERT_EQUAL_FATAL(bits_init(&u->used, 100), 0);
	u->data_block_size = 128;
	for (uint64_t b = 0; b < 60; b++)
		if (b / 10 != 1 && b != 25 && b != 27)
			bits_add(&u->used, b);
}

static void ranges(void)
{
	static const struct thin_unused_range wanted[] = {
		{ 10, 20 }, { 25, 26 }, { 27, 28 }, { 60, 100 },
	};
	struct thin_unused_range r = { 0, 0 };
	struct thin_unused u;
	unsigned n = 0;

	unused_init(&u);
	while (thin_unused_next(&u, r.end, &r) && n < ARRAY_SIZE(wanted)) {
		CHECK_IN(n, r.begin == wanted[n].begin && r.end == wanted[n].end);
		n++;
	}
	CU_ASSERT_EQUAL(n, ARRAY_SIZE(wanted));
	CU_ASSERT_EQUAL(thin_unused_count(&u), 52);
	bits_exit(&u.used);
}

/* Everything in whole units is gone that is unused, and nothing else. */
static void limits(void)
{
	static const struct { uint64_t granularity, first; } some[] = {
		{ 1, 0 }, { 512, 0 }, { 4096, 0 }, { BLOCK, 0 }, { 2 * BLOCK, 0 },
		{ 2 * BLOCK, BLOCK / 2 }, { 3 * BLOCK, BLOCK }, { 16 * BLOCK, 0 },
		{ 64 * BLOCK, 0 }, { 4096, 512 }, { 1ull << 40, 4096 }, { 3 * 512, 1024 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(some); i++) {
		uint64_t unit = some[i].granularity / 512 ? some[i].granularity / 512 : 1;
		uint64_t first = some[i].first / 512, nr = 0;
		struct thin_trim_opts o = { .dry_run = false };
		struct thin_trim_report rep;
		struct thin_unused u;
		struct data d;

		unused_init(&u);
		data_init(&d, 100, some[i].granularity, some[i].first);
		CU_ASSERT_EQUAL(thin_trim(&d.engine, &u, &o, &rep), 0);
		for (uint64_t s = 0; s < 12800; s++) {
			uint64_t begin = s < first ? 0 : s - (s - first) % unit;
			uint64_t end = s < first ? 0 : begin + unit;
			bool wanted = end && end <= 12800;

			for (uint64_t k = begin / 128; wanted && k <= (end - 1) / 128; k++)
				wanted = !bits_has(&u.used, k);
			CHECK_IN(i * 100000 + s, bits_has(&d.gone, s) == wanted);
			nr += wanted;
		}
		CHECK_IN(i, rep.nr_bytes == nr * 512);
		bits_exit(&d.gone);
		bits_exit(&u.used);
	}
}

static void large(void)
{
	struct thin_trim_opts o = { .dry_run = true };
	struct thin_trim_report rep;
	struct thin_unused u = { .data_block_size = 128 };
	struct data d;

	/* 4 GiB but for a block. */
	CU_ASSERT_EQUAL_FATAL(bits_init(&u.used, 65536), 0);
	bits_add(&u.used, 0);
	data_init(&d, 65536, 1536, 0);
	CU_ASSERT_EQUAL(thin_trim(&d.engine, &u, &o, &rep), 0);
	CU_ASSERT_EQUAL(d.nr_calls, 0);
	CU_ASSERT_EQUAL(rep.nr_bytes, (65535 * BLOCK - 512) / 1536 * 1536);
	o.dry_run = false;
	CU_ASSERT_EQUAL(thin_trim(&d.engine, &u, &o, &rep), 0);
	CU_ASSERT_EQUAL(d.nr_calls, 4);
	CU_ASSERT_EQUAL(rep.nr_bytes, d.gone.count * 512);
	bits_exit(&d.gone);
	bits_exit(&u.used);
}

static void failures(void)
{
	struct thin_trim_opts o = { .dry_run = false };
	struct thin_trim_report rep;
	struct thin_unused u;
	struct data d;

	unused_init(&u);
	data_init(&d, 99, 512, 0);
	CU_ASSERT_EQUAL(thin_trim(&d.engine, &u, &o, &rep), -ERANGE);
	d.engine.size += BLOCK - 1;
	CU_ASSERT_EQUAL(thin_trim(&d.engine, &u, &o, &rep), -ERANGE);
	CU_ASSERT_EQUAL(d.nr_calls, 0);
	bits_exit(&d.gone);

	data_init(&d, 100, 512, 0);
	d.limits.possible = false;
	CU_ASSERT_EQUAL(thin_trim(&d.engine, &u, &o, &rep), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(d.nr_calls, 0);
	d.limits.possible = true;
	d.fails_at = 2;
	CU_ASSERT_EQUAL(thin_trim(&d.engine, &u, &o, &rep), -EREMOTEIO);
	CU_ASSERT_EQUAL(d.nr_calls, 2);
	CU_ASSERT_EQUAL(rep.failed.range.begin, 25);
	CU_ASSERT_EQUAL(rep.nr_bytes, 10 * BLOCK);
	bits_exit(&d.gone);
	bits_exit(&u.used);
}

/* What the fixture's trees and its metadata snapshot map is what is in use. */
static void pool_is_judged(void)
{
	struct thin_check_report *rep = NULL;
	struct thin_unused *u = NULL;
	struct pool p;
	uint64_t nr;

	pool_init(&p);
	CU_ASSERT_EQUAL_FATAL(thin_unused_find(&p.disk.engine, 1, NULL, &u, &rep), 0);
	CU_ASSERT_EQUAL(thin_unused_count(u), POOL_NR_DATA - rep->sb.data_sm.nr_allocated);
	nr = thin_unused_count(u);
	CU_ASSERT(nr < POOL_NR_DATA);
	thin_unused_free(u);
	thin_check_free(rep);

	/* Leaks are kept: block 0 of the last bitmap is not in use. */
	put32((uint8_t *)disk_block(&p.disk, p.at[POOL_DATA_BITMAP_LAST]) + 16 + 240, 2);
	reseal(disk_block(&p.disk, p.at[POOL_DATA_BITMAP_LAST]), BITMAP_SALT);
	CU_ASSERT_EQUAL_FATAL(thin_unused_find(&p.disk.engine, 1, NULL, &u, &rep), 0);
	CU_ASSERT(rep->nr_by_class[FAULT_LEAK] > 0);
	CU_ASSERT_EQUAL(thin_unused_count(u), nr - 1);
	thin_unused_free(u);
	thin_check_free(rep);

	/* Any block that is spoilt, the snapshot's as well, is reason enough not to know. */
	for (unsigned b = 0; b < NR_POOL_BLOCKS; b++) {
		uint8_t *byte = (uint8_t *)disk_block(&p.disk, p.at[b]) + 100;

		*byte ^= 1;
		u = NULL;
		CHECK_IN(b, thin_unused_find(&p.disk.engine, 1, NULL, &u, &rep) == -EUCLEAN);
		CHECK_IN(b, !u);
		thin_check_free(rep);
		*byte ^= 1;
	}
	pool_exit(&p);
}

void test_trim_suite(void);
void test_trim_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "finds ranges as long as they are", ranges },
		{ "discards whole units and nothing beyond", limits },
		{ "discards much in pieces", large },
		{ "stops at the first error", failures },
		{ "takes for unused what neither counts nor trees name", pool_is_judged },
		CU_TEST_INFO_NULL,
	};

	add_suite("trim", tests);
}
