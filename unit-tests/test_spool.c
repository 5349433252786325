/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "meta/format.h"
#include "thin/spool.h"

enum { MANY = 400000 };

/* What comes back, held against what was put in. */
struct heard {
	const struct thin_run *runs;
	size_t nr_runs;
	uint64_t refs[8];
	size_t nr_refs;
	size_t refs_after;		/* runs before the last ref */
	bool is_wrong;
};

static int on_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	struct heard *h = arg;

	for (size_t i = 0; i < nr; i++) {
		const struct thin_run *want = &h->runs[h->nr_runs++];

		h->is_wrong |= runs[i].thin_begin != want->thin_begin ||
			       runs[i].data_begin != want->data_begin ||
			       runs[i].length != want->length || runs[i].time != want->time;
	}
	return 0;
}

static int on_ref(void *arg, uint64_t id)
{
	struct heard *h = arg;

	h->refs[h->nr_refs++] = id;
	h->refs_after = h->nr_runs;
	return 0;
}

static const struct thin_emit hear = { .runs = on_runs, .ref = on_ref };

static void put(struct spool *s, const struct thin_run *runs, size_t nr, uint64_t *begin,
		uint64_t *end)
{
	int r = spool_begin(s, begin);

	for (size_t i = 0; i < nr && !r; i++)
		r = spool_add_run(s, &runs[i]);
	CU_ASSERT_EQUAL_FATAL(r, 0);
	CU_ASSERT_EQUAL_FATAL(spool_end(s, end), 0);
}

static void give_back(struct spool *s, const struct thin_run *runs, size_t nr)
{
	struct heard h = { .runs = runs };
	uint64_t begin, end;

	put(s, runs, nr, &begin, &end);
	for (int twice = 0; twice < 2; twice++) {
		h.nr_runs = 0;
		CU_ASSERT_EQUAL(spool_read(s, begin, end, &hear, &h), 0);
		CU_ASSERT_EQUAL(h.nr_runs, nr);
		CU_ASSERT(!h.is_wrong);
	}
}

static void gives_back_every_size_of_number(void)
{
	const uint64_t most = THIN_MAX_DATA_BLOCKS - 1;
	const struct thin_run runs[] = {
		{ 0, 0, 1, 0 }, { 2, 1, 7, 0 }, { 9, 8, 8, THIN_MAX_TIME },
		{ 17, 0xffffff, 1, THIN_MAX_TIME }, { 18, 0x1000001, 1, 5 },
		{ 19, 0xffffffff, 2, 5 }, { 21, 0x100000002, 3, 0 },
		{ 1ull << 40, most, 1, 0 }, { 1ull << 62, 0, most, 0 },
		{ UINT64_MAX, 3, 1, 1 },
	};
	struct spool s;

	spool_init(&s, NULL, 1 << 20);
	give_back(&s, runs, ARRAY_SIZE(runs));
	give_back(&s, runs, 0);
	give_back(&s, runs + 3, 4);
	spool_exit(&s);
}

static void joins_runs_that_go_on(void)
{
	const struct thin_run parts[] = {
		{ 5, 50, 1, 3 }, { 6, 51, 4, 3 }, { 10, 55, 1, 4 }, { 11, 57, 1, 4 },
		{ 13, 58, 1, 4 },
	};
	const struct thin_run whole[] = {
		{ 5, 50, 5, 3 }, { 10, 55, 1, 4 }, { 11, 57, 1, 4 }, { 13, 58, 1, 4 },
	};
	struct heard h = { .runs = whole };
	uint64_t begin, end;
	struct spool s;

	spool_init(&s, NULL, 1 << 20);
	put(&s, parts, ARRAY_SIZE(parts), &begin, &end);
	CU_ASSERT_EQUAL(spool_read(&s, begin, end, &hear, &h), 0);
	CU_ASSERT_EQUAL(h.nr_runs, ARRAY_SIZE(whole));
	CU_ASSERT(!h.is_wrong);
	spool_exit(&s);
}

static void keeps_references_in_their_places(void)
{
	const struct thin_run runs[] = { { 0, 0, 1, 0 }, { 1, 1, 1, 0 } };
	struct heard h = { .runs = runs };
	uint64_t begin, end;
	struct spool s;

	spool_init(&s, NULL, 1 << 20);
	CU_ASSERT_EQUAL(spool_begin(&s, &begin), 0);
	CU_ASSERT_EQUAL(spool_add_run(&s, &runs[0]), 0);
	CU_ASSERT_EQUAL(spool_add_ref(&s, 1), 0);
	CU_ASSERT_EQUAL(spool_add_ref(&s, 1ull << 40), 0);
	CU_ASSERT_EQUAL(spool_add_run(&s, &runs[1]), 0);
	CU_ASSERT_EQUAL(spool_end(&s, &end), 0);
	CU_ASSERT_EQUAL(spool_read(&s, begin, end, &hear, &h), 0);
	CU_ASSERT_EQUAL(h.nr_refs, 2);
	CU_ASSERT_EQUAL(h.refs[0], 1);
	CU_ASSERT_EQUAL(h.refs[1], 1ull << 40);
	CU_ASSERT_EQUAL(h.refs_after, 1);
	CU_ASSERT_EQUAL(h.nr_runs, 2);
	spool_exit(&s);
}

static void give_back_many(const char *dir, size_t most)
{
	struct thin_run *runs = calloc(MANY, sizeof(*runs));
	struct spool s;

	CU_ASSERT_PTR_NOT_NULL_FATAL(runs);
	srand(3);
	for (uint64_t i = 0; i < MANY; i++)
		runs[i] = (struct thin_run){
			.thin_begin = i * 100, .data_begin = (uint64_t)rand() << 8,
			.length = 1 + (uint64_t)rand() % 10, .time = (uint32_t)rand() & 3,
		};
	spool_init(&s, dir, most);
	give_back(&s, runs, MANY);
	give_back(&s, runs, 1);
	spool_exit(&s);
	free(runs);
}

static void goes_to_a_file_beyond_the_limit(void)
{
	give_back_many("/tmp", 1 << 20);
}

static void stays_in_memory_without_a_directory(void)
{
	give_back_many(NULL, 1 << 20);
	give_back_many("/nonexistent", 1 << 20);
}

static void stays_in_memory_below_the_limit(void)
{
	give_back_many("/nonexistent", 1 << 30);
}

static int refuse_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	(void)arg;
	(void)runs;
	(void)nr;
	return -EXDEV;
}

static void hands_up_what_a_call_gives(void)
{
	static const struct thin_emit emit = { .runs = refuse_runs };
	const struct thin_run run = { 0, 0, 1, 0 };
	uint64_t begin, end;
	struct spool s;

	spool_init(&s, NULL, 1 << 20);
	put(&s, &run, 1, &begin, &end);
	CU_ASSERT_EQUAL(spool_read(&s, begin, end, &emit, NULL), -EXDEV);
	spool_exit(&s);
}

static CU_TestInfo tests[] = {
	{ "gives back every size of number", gives_back_every_size_of_number },
	{ "joins runs that go on", joins_runs_that_go_on },
	{ "keeps references in their places", keeps_references_in_their_places },
	{ "goes to a file beyond the limit", goes_to_a_file_beyond_the_limit },
	{ "stays in memory without a directory", stays_in_memory_without_a_directory },
	{ "stays in memory below the limit", stays_in_memory_below_the_limit },
	{ "hands up what a call gives", hands_up_what_a_call_gives },
	CU_TEST_INFO_NULL
};

void test_spool_suite(void);

void test_spool_suite(void)
{
	add_suite("spool", tests);
}
