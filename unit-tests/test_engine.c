/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "io/engine.h"

/* Four blocks and a bit, each block filled with its number. */
#define NR 4u
#define REST 100u

static char dir[] = "/tmp/unit-engine-XXXXXX";
static char path[sizeof(dir) + 16];

static void fill(uint8_t *data)
{
	for (unsigned i = 0; i < NR; i++)
		memset(data + i * META_BLOCK_SIZE, (int)i + 1, META_BLOCK_SIZE);
	memset(data + NR * META_BLOCK_SIZE, 0xee, REST);
}

static void make_dir(void)
{
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	if (!mkdtemp(dir))
		CU_FAIL_FATAL("no directory");
	snprintf(path, sizeof(path), "%s/file", dir);
}

static void remove_dir(void)
{
	unlink(path);
	rmdir(dir);
}

static void make_file(void)
{
	static uint8_t data[NR * META_BLOCK_SIZE + REST];
	FILE *f;

	make_dir();
	fill(data);
	f = fopen(path, "we");
	if (!f || fwrite(data, 1, sizeof(data), f) != sizeof(data) || fclose(f))
		CU_FAIL_FATAL("no file");
}

/* What holds for every engine over the four blocks. */
static void judge_engine(struct engine *e)
{
	uint8_t *block = alloc_blocks(NR);

	CU_ASSERT_PTR_NOT_NULL_FATAL(block);
	CU_ASSERT_EQUAL(engine_size(e), NR * META_BLOCK_SIZE + REST);
	CU_ASSERT_EQUAL(engine_nr_blocks(e), NR);
	CU_ASSERT_EQUAL(engine_read(e, block, 1, 3), 0);
	CU_ASSERT_EQUAL(block[0], 2);
	CU_ASSERT_EQUAL(block[3 * META_BLOCK_SIZE - 1], 4);
	CU_ASSERT_EQUAL(engine_read(e, block, 4, 0), 0);

	CU_ASSERT_EQUAL(engine_read(e, block, 4, 1), -EIO);
	CU_ASSERT_EQUAL(engine_read(e, block, 3, 2), -EIO);
	CU_ASSERT_EQUAL(engine_read(e, block, 5, 0), -EIO);
	CU_ASSERT_EQUAL(engine_read(e, block, UINT64_MAX, 1), -EIO);
	CU_ASSERT_EQUAL(engine_read(e, block, 1, SIZE_MAX), -EIO);
	CU_ASSERT_EQUAL(engine_write(e, block, 4, 1), -EIO);
	CU_ASSERT_EQUAL(engine_write(e, block, UINT64_MAX / META_BLOCK_SIZE + 1, 1), -EIO);
	free(block);
}

static void judge_writing(struct engine *e)
{
	uint8_t *block = alloc_blocks(2);

	CU_ASSERT_PTR_NOT_NULL_FATAL(block);
	memset(block, 0x77, META_BLOCK_SIZE);
	CU_ASSERT_EQUAL(engine_write(e, block, 2, 1), 0);
	CU_ASSERT_EQUAL(engine_flush(e), 0);
	CU_ASSERT_EQUAL(engine_read(e, block, 1, 2), 0);
	CU_ASSERT_EQUAL(block[0], 2);
	CU_ASSERT_EQUAL(block[META_BLOCK_SIZE], 0x77);
	CU_ASSERT_EQUAL(engine_read(e, block, 3, 1), 0);
	CU_ASSERT_EQUAL(block[0], 4);
	free(block);
}

static void memory_is_a_device(void)
{
	static uint8_t data[NR * META_BLOCK_SIZE + REST];
	struct engine *e;

	fill(data);
	CU_ASSERT_EQUAL_FATAL(engine_open_memory(&e, data, sizeof(data)), 0);
	judge_engine(e);
	judge_writing(e);
	CU_ASSERT_EQUAL(engine_close(e), 0);
	CU_ASSERT_EQUAL(data[sizeof(data) - 1], 0xee);
}

static void a_file_is_a_device(void)
{
	struct engine *e;
	struct stat st;

	make_file();
	CU_ASSERT_EQUAL_FATAL(engine_open(&e, path, ENGINE_WRITE), 0);
	judge_engine(e);
	judge_writing(e);
	CU_ASSERT_EQUAL(engine_close(e), 0);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_size, NR * META_BLOCK_SIZE + REST);
	remove_dir();
}

static void a_file_for_reading_is_not_written(void)
{
	uint8_t *block = alloc_blocks(1);
	struct engine *e;

	make_file();
	CU_ASSERT_EQUAL_FATAL(engine_open(&e, path, ENGINE_READ), 0);
	judge_engine(e);
	CU_ASSERT_EQUAL(engine_write(e, block, 0, 1), -EBADF);
	CU_ASSERT_EQUAL(engine_close(e), 0);
	CU_ASSERT_EQUAL_FATAL(engine_open(&e, path, ENGINE_READ | ENGINE_SHARED), 0);
	CU_ASSERT_EQUAL(engine_close(e), 0);
	remove_dir();
	free(block);
}

static void a_file_that_shrinks_is_an_error(void)
{
	uint8_t *block = alloc_blocks(2);
	struct engine *e;

	make_file();
	CU_ASSERT_EQUAL_FATAL(engine_open(&e, path, ENGINE_READ), 0);
	CU_ASSERT_EQUAL(truncate(path, META_BLOCK_SIZE + 10), 0);
	CU_ASSERT_EQUAL(engine_read(e, block, 0, 1), 0);
	CU_ASSERT_EQUAL(engine_read(e, block, 0, 2), -EIO);
	CU_ASSERT_EQUAL(engine_read(e, block, 3, 1), -EIO);
	engine_close(e);
	remove_dir();
	free(block);
}

static void refuses_what_is_no_device(void)
{
	struct engine *e = NULL;

	make_dir();
	CU_ASSERT_EQUAL(engine_open(&e, path, ENGINE_READ), -ENOENT);
	CU_ASSERT_EQUAL(engine_open(&e, path, ENGINE_WRITE), -ENOENT);
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	CU_ASSERT_EQUAL(engine_open(&e, dir, ENGINE_READ), -EISDIR);
	CU_ASSERT_EQUAL(engine_open(&e, dir, ENGINE_WRITE), -EISDIR);
	/* Opening one would wait for the other end. */
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	CU_ASSERT_EQUAL(engine_open(&e, path, ENGINE_READ), -ENOTBLK);
	CU_ASSERT_EQUAL(engine_open(&e, path, ENGINE_WRITE), -ENOTBLK);
	CU_ASSERT_EQUAL(engine_open(&e, "/dev/null", ENGINE_READ), -ENOTBLK);
	CU_ASSERT_EQUAL(engine_open(&e, "", ENGINE_READ), -ENOENT);
	CU_ASSERT_PTR_NULL(e);
	remove_dir();
}

static void an_empty_file_has_no_blocks(void)
{
	uint8_t *block = alloc_blocks(1);
	struct engine *e;

	make_file();
	CU_ASSERT_EQUAL(truncate(path, 0), 0);
	CU_ASSERT_EQUAL_FATAL(engine_open(&e, path, ENGINE_READ), 0);
	CU_ASSERT_EQUAL(engine_nr_blocks(e), 0);
	CU_ASSERT_EQUAL(engine_read(e, block, 0, 1), -EIO);
	engine_close(e);
	remove_dir();
	free(block);
}

static void closing_nothing_is_fine(void)
{
	CU_ASSERT_EQUAL(engine_close(NULL), 0);
}

void test_engine_suite(void);
void test_engine_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "memory is a device", memory_is_a_device },
		{ "a file is a device", a_file_is_a_device },
		{ "a file for reading is not written", a_file_for_reading_is_not_written },
		{ "a file that shrinks is an error", a_file_that_shrinks_is_an_error },
		{ "refuses what is no device", refuses_what_is_no_device },
		{ "an empty file has no blocks", an_empty_file_has_no_blocks },
		{ "closing nothing is fine", closing_nothing_is_fine },
		CU_TEST_INFO_NULL,
	};

	add_suite("engine", tests);
}
