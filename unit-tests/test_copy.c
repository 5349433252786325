/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "thin/copy.h"
#include "unit.h"

enum {
	SIZE = 16,		/* metadata blocks of a data block */
	DATA_BLOCKS = 400,
	LIMIT = 250,
};

/* Moves that are split, follow each other, and more than a worker's turn. */
static struct move all[] = {
	{ 250, 10, 3 }, { 253, 13, 2 }, { 255, 100, 1 }, { 260, 120, 100 }, { 370, 0, 1 },
	{ 371, 2, 1 }, { 372, 4, 1 }, { 390, 30, 10 },
};

static const struct moves moves = {
	.all = all, .nr = ARRAY_SIZE(all), .limit = LIMIT, .nr_blocks = 119,
};

/* Every metadata block says where it is. */
static void data_init(struct disk *d)
{
	disk_init(d, DATA_BLOCKS * SIZE);
	for (uint64_t i = 0; i < d->nr_blocks; i++)
		put64(disk_block(d, i), i + 1);
}

/* What moved is at both places, everything else is as it was. */
static void check_data(struct disk *d)
{
	uint64_t *wanted = calloc(d->nr_blocks, sizeof(*wanted));

	for (uint64_t i = 0; i < d->nr_blocks; i++)
		wanted[i] = i + 1;
	for (size_t m = 0; m < moves.nr; m++)
		for (uint64_t k = 0; k < all[m].length * SIZE; k++)
			wanted[all[m].to * SIZE + k] = all[m].from * SIZE + k + 1;
	for (uint64_t i = 0; i < d->nr_blocks; i++)
		CHECK_IN(i, get64(disk_block(d, i)) == wanted[i]);
	free(wanted);
}

static void copies(void)
{
	for (unsigned n = 1; n <= 5; n += 2) {
		struct progress progress = { 0, 0 };
		struct thin_shrink_copy_opts o = {
			.nr_threads = n, .verify = n == 3, .progress = &progress,
		};
		struct thin_shrink_copied c;
		struct disk d;

		data_init(&d);
		CHECK_IN(n, copy_run(&d.engine, &moves, SIZE, &o, &c) == 0);
		check_data(&d);
		CHECK_IN(n, progress.done == progress.total && progress.done >= 119 * SIZE);
		disk_exit(&d);
	}
}

static void resumes(void)
{
	struct thin_shrink_copy_opts o = { .nr_threads = 1, .resume = true };
	struct thin_shrink_copied c;
	uint64_t nr;
	struct disk d;

	data_init(&d);
	CU_ASSERT_EQUAL(copy_run(&d.engine, &moves, SIZE, &o, &c), 0);
	CU_ASSERT_EQUAL(c.nr_there, 0);
	check_data(&d);
	nr = d.nr_writes;
	CU_ASSERT_EQUAL(copy_run(&d.engine, &moves, SIZE, &o, &c), 0);
	CU_ASSERT_EQUAL(c.nr_there, 119 * SIZE);
	CU_ASSERT_EQUAL(d.nr_writes, nr);
	/* Any byte that is not as it should be. */
	for (uint64_t k = 0; k < 100 * SIZE; k += 101) {
		((uint8_t *)disk_block(&d, 120 * SIZE + k))[4095] ^= 1;
		CHECK_IN(k, copy_run(&d.engine, &moves, SIZE, &o, &c) == 0);
		CHECK_IN(k, c.nr_there < 119 * SIZE);
		CHECK_IN(k, ((uint8_t *)disk_block(&d, 120 * SIZE + k))[4095] == 0);
	}
	disk_exit(&d);
}

/* Killed after any number of writes, and begun again. */
static void survives_power_cuts(void)
{
	for (unsigned resume = 0; resume < 2; resume++) {
		struct thin_shrink_copy_opts o = { .nr_threads = 1, .resume = resume };
		struct thin_shrink_copied c;
		struct disk d;
		int r = -1;

		for (uint64_t most = 0; r; most++) {
			data_init(&d);
			d.most_writes = most;
			r = copy_run(&d.engine, &moves, SIZE, &o, &c);
			for (uint64_t i = LIMIT * SIZE; i < d.nr_blocks; i++)
				CHECK_IN(i, get64(disk_block(&d, i)) == i + 1);
			d.most_writes = UINT64_MAX;
			CHECK_IN(most, copy_run(&d.engine, &moves, SIZE, &o, &c) == 0);
			check_data(&d);
			disk_exit(&d);
			CU_ASSERT_FATAL(most < 100);
		}
	}
}

static void names_what_failed(void)
{
	struct thin_shrink_copy_opts o = { .nr_threads = 2 };
	struct thin_shrink_copied c;
	struct disk d;

	data_init(&d);
	bits_add(&d.unreadable, 300 * SIZE + 5);
	CU_ASSERT_EQUAL(copy_run(&d.engine, &moves, SIZE, &o, &c), -EIO);
	CU_ASSERT_EQUAL(c.failed, THIN_SHRINK_READ);
	CU_ASSERT_EQUAL(c.failed_block, 300);
	bits_clear(&d.unreadable);
	bits_add(&d.unreadable, 160 * SIZE);
	CU_ASSERT_EQUAL(copy_run(&d.engine, &moves, SIZE, &o, &c), 0);
	o.verify = true;
	CU_ASSERT_EQUAL(copy_run(&d.engine, &moves, SIZE, &o, &c), -EIO);
	CU_ASSERT_EQUAL(c.failed, THIN_SHRINK_VERIFY);
	CU_ASSERT_EQUAL(c.failed_block, 160);
	/* One that cannot be read is not there. */
	o.verify = false;
	o.resume = true;
	CU_ASSERT_EQUAL(copy_run(&d.engine, &moves, SIZE, &o, &c), 0);
	CU_ASSERT(c.nr_there < 119 * SIZE && c.nr_there > 0);
	disk_exit(&d);
}

void test_copy_suite(void);
void test_copy_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "copies what moves and touches nothing else", copies },
		{ "writes again only what is not there", resumes },
		{ "can be stopped anywhere and begun again", survives_power_cuts },
		{ "names the data block that failed", names_what_failed },
		CU_TEST_INFO_NULL,
	};

	add_suite("copy", tests);
}
