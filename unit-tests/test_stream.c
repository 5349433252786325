/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "io/stream.h"

#define NR 2000u

struct visitor {
	uint8_t seen[NR];
	uint8_t failed[NR];
	uint64_t last;
	bool in_order;
	bool wrong_bytes;
	uint64_t ends_at;	/* gives an error there */
	unsigned most_worker;
	uint64_t nr;
};

static int visit(void *arg, unsigned worker, uint64_t where, const void *block, int error)
{
	struct visitor *v = arg;

	v->nr++;
	v->most_worker = worker > v->most_worker ? worker : v->most_worker;
	v->in_order = v->in_order && (v->nr == 1 || where > v->last);
	v->last = where;
	v->seen[where]++;
	v->failed[where] = error != 0;
	if (!block != (error != 0))
		v->wrong_bytes = true;
	if (block && get64(block) != where)
		v->wrong_bytes = true;
	return where == v->ends_at ? -ECANCELED : 0;
}

/* Counts as visit() does, but only what threads may do together. */
static int visit_together(void *arg, unsigned worker, uint64_t where, const void *block, int error)
{
	struct visitor *v = arg;

	(void)worker;
	v->seen[where]++;
	v->failed[where] = error != 0;
	__atomic_fetch_add(&v->nr, 1, __ATOMIC_RELAXED);
	if (!block != (error != 0) || (block && get64(block) != where))
		__atomic_store_n(&v->wrong_bytes, true, __ATOMIC_RELAXED);
	return where == v->ends_at ? -ECANCELED : 0;
}

struct scene {
	struct disk disk;
	struct bits set;
	struct visitor visitor;
	uint64_t progress;
	unsigned most;
};

static void open_scene(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	disk_init(&s->disk, NR);
	for (uint64_t i = 0; i < NR; i++)
		put64(disk_block(&s->disk, i), i);
	if (bits_init(&s->set, NR))
		CU_FAIL_FATAL("no memory");
	s->visitor.in_order = true;
	s->visitor.ends_at = UINT64_MAX;
}

static void close_scene(struct scene *s)
{
	disk_exit(&s->disk);
	bits_exit(&s->set);
}

static int run(struct scene *s, unsigned nr_threads)
{
	struct stream stream = {
		.engine = &s->disk.engine, .nr_threads = nr_threads, .progress = &s->progress,
		.most = s->most,
	};

	return stream_visit(&stream, &s->set, nr_threads > 1 ? visit_together : visit,
			    &s->visitor);
}

static void judge(const struct scene *s)
{
	for (uint64_t i = 0; i < NR; i++) {
		CHECK_IN(i, s->visitor.seen[i] == bits_has(&s->set, i));
		CHECK_IN(i, s->visitor.failed[i] ==
			 (bits_has(&s->set, i) && bits_has(&s->disk.unreadable, i)));
	}
	CU_ASSERT_FALSE(s->visitor.wrong_bytes);
	CU_ASSERT_EQUAL(s->progress, s->set.count);
}

static void visits_everything_in_order(void)
{
	static struct scene s;

	open_scene(&s);
	for (uint64_t i = 0; i < NR; i++)
		bits_add(&s.set, i);
	CU_ASSERT_EQUAL(run(&s, 1), 0);
	judge(&s);
	CU_ASSERT_TRUE(s.visitor.in_order);
	CU_ASSERT_EQUAL(s.visitor.most_worker, 0);
	CU_ASSERT_TRUE(s.disk.nr_reads <= NR / 256 + 1);
	close_scene(&s);
}

/* A device likes large requests; a file is read in small ones if that is wanted. */
static void reads_no_more_than_is_wanted(void)
{
	static struct scene s;

	for (unsigned direct = 0; direct < 2; direct++) {
		open_scene(&s);
		s.disk.engine.direct = direct;
		s.most = 20;
		for (uint64_t i = 0; i < NR; i++)
			bits_add(&s.set, i);
		CU_ASSERT_EQUAL(run(&s, 1), 0);
		judge(&s);
		CU_ASSERT_TRUE(direct ? s.disk.nr_reads <= NR / 256 + 1 :
					s.disk.nr_reads >= NR / 20);
		close_scene(&s);
	}
}

static void visits_nothing(void)
{
	static struct scene s;

	open_scene(&s);
	CU_ASSERT_EQUAL(run(&s, 1), 0);
	CU_ASSERT_EQUAL(s.disk.nr_reads, 0);
	close_scene(&s);
}

static void reads_small_gaps_along(void)
{
	static struct scene s;

	open_scene(&s);
	for (uint64_t i = 0; i < 30; i += 3)
		bits_add(&s.set, i);
	CU_ASSERT_EQUAL(run(&s, 1), 0);
	CU_ASSERT_EQUAL(s.disk.nr_reads, 1);
	judge(&s);
	close_scene(&s);

	open_scene(&s);
	for (uint64_t i = 0; i < 30; i += 5)
		bits_add(&s.set, i);
	CU_ASSERT_EQUAL(run(&s, 1), 0);
	CU_ASSERT_EQUAL(s.disk.nr_reads, 6);
	CU_ASSERT_EQUAL(s.disk.nr_blocks_read, 6);
	judge(&s);
	close_scene(&s);

	open_scene(&s);
	s.disk.engine.direct = true;
	for (uint64_t i = 0; i < NR; i += 33)
		bits_add(&s.set, i);
	CU_ASSERT_EQUAL(run(&s, 1), 0);
	CU_ASSERT_TRUE(s.disk.nr_reads < 15);
	judge(&s);
	close_scene(&s);
}

static void visits_blocks_far_apart(void)
{
	static const uint64_t far[] = { 0, 255, 256, 511, 513, 767, 1023, 1024, 1999 };
	static struct scene s;

	open_scene(&s);
	for (size_t i = 0; i < ARRAY_SIZE(far); i++)
		bits_add(&s.set, far[i]);
	CU_ASSERT_EQUAL(run(&s, 1), 0);
	judge(&s);
	CU_ASSERT_TRUE(s.visitor.in_order);
	close_scene(&s);
}

static void one_bad_sector_costs_one_block(void)
{
	static struct scene s;

	for (unsigned threads = 1; threads <= 4; threads += 3) {
		open_scene(&s);
		for (uint64_t i = 3; i < NR; i += 1 + i % 4)
			bits_add(&s.set, i);
		for (uint64_t i = 0; i < NR; i += 100 + i % 7)
			bits_add(&s.disk.unreadable, i);
		CU_ASSERT_EQUAL(run(&s, threads), 0);
		judge(&s);
		close_scene(&s);
	}
}

static void a_dead_device_is_told_block_by_block(void)
{
	static struct scene s;

	open_scene(&s);
	for (uint64_t i = 0; i < NR; i++) {
		bits_add(&s.disk.unreadable, i);
		bits_add(&s.set, i);
	}
	CU_ASSERT_EQUAL(run(&s, 1), 0);
	judge(&s);
	close_scene(&s);
}

static void blocks_behind_the_end_cannot_be_read(void)
{
	static struct scene s;

	open_scene(&s);
	s.disk.engine.size = 10 * META_BLOCK_SIZE;
	for (uint64_t i = 5; i < 15; i++)
		bits_add(&s.set, i);
	CU_ASSERT_EQUAL(run(&s, 1), 0);
	for (uint64_t i = 5; i < 15; i++)
		CHECK_IN(i, s.visitor.seen[i] == 1 && s.visitor.failed[i] == (i >= 10));
	close_scene(&s);
}

static void an_error_ends_the_visit(void)
{
	static struct scene s;

	for (unsigned threads = 1; threads <= 4; threads += 3) {
		open_scene(&s);
		for (uint64_t i = 0; i < NR; i++)
			bits_add(&s.set, i);
		s.visitor.ends_at = 100;
		CU_ASSERT_EQUAL(run(&s, threads), -ECANCELED);
		CU_ASSERT_TRUE(s.visitor.nr < NR);
		if (threads == 1)
			CU_ASSERT_EQUAL(s.visitor.nr, 101);
		close_scene(&s);
	}
}

static void threads_visit_each_block_once(void)
{
	static struct scene s;

	open_scene(&s);
	for (uint64_t i = 0; i < NR; i += 1 + i % 3)
		bits_add(&s.set, i);
	CU_ASSERT_EQUAL(run(&s, 4), 0);
	judge(&s);
	close_scene(&s);
}

/* A disk that is far until what is wanted has been announced. */
static struct {
	uint8_t announced[NR];
	unsigned nr;
	const struct engine_ops *near;
	bool late;		/* something was read that had not been announced */
} far;

static bool is_far(struct engine *e, uint64_t offset)
{
	(void)e;
	return !far.announced[offset / META_BLOCK_SIZE];
}

static void announce(struct engine *e, uint64_t offset, uint64_t len)
{
	(void)e;
	far.nr++;
	for (uint64_t b = offset / META_BLOCK_SIZE; b < (offset + len) / META_BLOCK_SIZE; b++)
		far.announced[b]++;
}

static int read_far(struct engine *e, void *data, size_t len, uint64_t offset)
{
	for (uint64_t b = offset / META_BLOCK_SIZE; b < (offset + len) / META_BLOCK_SIZE; b++)
		far.late = far.late || !far.announced[b];
	return far.near->read(e, data, len, offset);
}

static void announces_what_it_will_read(void)
{
	static struct engine_ops far_ops;
	static struct scene s;

	for (uint64_t step = 1; step <= 7; step += 2) {
		open_scene(&s);
		memset(&far, 0, sizeof(far));
		far.near = s.disk.engine.ops;
		far_ops = *far.near;
		far_ops.is_far = is_far;
		far_ops.announce = announce;
		far_ops.read = read_far;
		s.disk.engine.ops = &far_ops;
		for (uint64_t i = 5; i < NR - 5; i += step)
			bits_add(&s.set, i);
		CU_ASSERT_EQUAL(run(&s, 1), 0);
		judge(&s);
		CU_ASSERT_FALSE(far.late);
		CU_ASSERT_EQUAL(far.nr, s.disk.nr_reads);
		/* What lies between is read along if it is little. */
		for (uint64_t i = 0; i < NR; i++)
			CHECK_IN(i, far.announced[i] <= (step <= 3 || bits_has(&s.set, i)));
		close_scene(&s);
	}
}

void test_stream_suite(void);
void test_stream_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "visits everything in order, with few requests", visits_everything_in_order },
		{ "reads no more at once than is wanted", reads_no_more_than_is_wanted },
		{ "visits nothing", visits_nothing },
		{ "reads small gaps along", reads_small_gaps_along },
		{ "visits blocks that are far apart", visits_blocks_far_apart },
		{ "one bad sector costs one block", one_bad_sector_costs_one_block },
		{ "a dead device is told block by block", a_dead_device_is_told_block_by_block },
		{ "blocks behind the end cannot be read", blocks_behind_the_end_cannot_be_read },
		{ "an error ends the visit", an_error_ends_the_visit },
		{ "threads visit each block once", threads_visit_each_block_once },
		{ "announces what it will read, and nothing else", announces_what_it_will_read },
		CU_TEST_INFO_NULL,
	};

	add_suite("stream", tests);
}
