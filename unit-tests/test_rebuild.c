/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "meta/thin_undo.h"
#include "pdata/bitmap.h"

static struct pool pool;
static uint8_t *before;
static char undo[PATH_MAX];

static const enum pool_block maps[] = {
	POOL_INDEX_ROOT, POOL_INDEX_LEAF, POOL_INDEX_LEAF1, POOL_DATA_BITMAP, POOL_DATA_BITMAP1,
	POOL_DATA_BITMAP_LAST, POOL_DATA_OVER, POOL_DATA_OVER_LEAF, POOL_DATA_OVER_LEAF1,
	POOL_META_INDEX, POOL_META_BITMAP, POOL_META_OVER,
};

enum { NR_MAPS = sizeof(maps) / sizeof(*maps) };

static void *at(enum pool_block b)
{
	return disk_block(&pool.disk, pool.at[b]);
}

static size_t size(void)
{
	return (size_t)pool.disk.nr_blocks * META_BLOCK_SIZE;
}

static void name_undo(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(undo, sizeof(undo), "%s/undo.%d", tmp ? tmp : "/tmp", (int)getpid());
	unlink(undo);
}

static void begin(void)
{
	pool_init(&pool);
	name_undo();
	before = malloc(size());
	if (!before)
		abort();
	memcpy(before, pool.disk.data, size());
}

static void end(void)
{
	free(before);
	unlink(undo);
	pool_exit(&pool);
}

static bool is_sound(uint64_t *nr_mapped)
{
	struct thin_check_report *rep = check_disk(&pool.disk, 1);
	bool sound = thin_check_is_good(rep, false);

	*nr_mapped = rep->nr_mapped;
	thin_check_free(rep);
	return sound;
}

static int rebuild(bool with_undo)
{
	struct thin_check_mending how = {
		.what = THIN_MEND_SPACE_MAPS, .nr_threads = 1, .undo = with_undo ? undo : NULL,
	};
	int r = thin_check_mend(&pool.disk.engine, &how);

	thin_check_free(how.trees);
	return r;
}

static int apply(enum thin_undo_code *code)
{
	struct thin_undo_issue issue = { .code = THIN_UNDO_KIND };
	struct thin_undo *u = NULL;
	uint64_t nr;
	int r = thin_undo_open(&u, undo, &issue);

	r = r ? r : thin_undo_apply(u, &pool.disk.engine, &nr, &issue);
	thin_undo_close(u);
	*code = issue.code;
	return r;
}

static void spoil_all(void)
{
	for (unsigned i = 0; i < NR_MAPS; i++)
		((uint8_t *)at(maps[i]))[100] ^= 0x10;
}

static void cures_each_block(void)
{
	uint64_t was, is;

	for (unsigned n = 0; n <= NR_MAPS; n++) {
		begin();
		CHECK_IN(n, is_sound(&was));
		if (n < NR_MAPS)
			memset(at(maps[n]), 0, META_BLOCK_SIZE);
		else
			spoil_all();
		CHECK_IN(n, !is_sound(&is));
		CHECK_IN(n, !rebuild(false));
		CHECK_IN(n, is_sound(&is) && is == was);
		end();
	}
}

static void cures_what_cannot_be_read(void)
{
	uint64_t was, is;

	begin();
	is_sound(&was);
	for (unsigned i = 0; i < NR_MAPS; i++)
		bits_add(&pool.disk.unreadable, pool.at[maps[i]]);
	CU_ASSERT_FALSE(is_sound(&is));
	CU_ASSERT_EQUAL(rebuild(true), 0);
	CU_ASSERT_TRUE(is_sound(&is));
	CU_ASSERT_EQUAL(is, was);
	end();
}

/* Whenever the power fails the old or the new state is there, and undo works. */
static void survives_a_crash_at_each_write(void)
{
	enum thin_undo_code code;
	bool done = false;
	uint64_t mapped;

	for (unsigned writes = 0; !done && writes < 500; writes++) {
		begin();
		spoil_all();
		memcpy(before, pool.disk.data, size());
		pool.disk.most_writes = writes;
		done = !rebuild(true);
		pool.disk.most_writes = UINT64_MAX;
		/* What was written last may arrive although it was said to fail. */
		CHECK_IN(writes, is_sound(&mapped) ||
			 (!done && !memcmp(before, pool.disk.data, META_BLOCK_SIZE)));
		CHECK_IN(writes, !apply(&code));
		CHECK_IN(writes, !memcmp(before, pool.disk.data, size()));
		CHECK_IN(writes, !rebuild(false));
		CHECK_IN(writes, is_sound(&mapped));
		end();
	}
	CU_ASSERT_TRUE(done);
}

/* Of an undo as well; doing it again brings all back. */
static void undo_survives_a_crash_at_each_write(void)
{
	enum thin_undo_code code;
	bool done = false;

	for (unsigned writes = 0; !done && writes < 500; writes++) {
		begin();
		spoil_all();
		memcpy(before, pool.disk.data, size());
		CHECK_IN(writes, !rebuild(true));
		pool.disk.most_writes = writes;
		done = !apply(&code);
		pool.disk.most_writes = UINT64_MAX;
		CHECK_IN(writes, !apply(&code));
		CHECK_IN(writes, !memcmp(before, pool.disk.data, size()));
		end();
	}
	CU_ASSERT_TRUE(done);
}

static void refuses_a_change_since(void)
{
	enum thin_undo_code code;
	uint8_t *after;

	begin();
	spoil_all();
	CU_ASSERT_EQUAL(rebuild(true), 0);
	after = malloc(size());
	if (!after)
		abort();
	memcpy(after, pool.disk.data, size());
	for (uint64_t b = 0; b < pool.disk.nr_blocks; b++) {
		uint8_t *block = disk_block(&pool.disk, b);
		int r;

		/* What the repair did not touch is nobody's business. */
		block[META_BLOCK_SIZE - 1] ^= 1;
		pool.disk.nr_writes = 0;
		r = apply(&code);
		if (memcmp(before + b * META_BLOCK_SIZE, after + b * META_BLOCK_SIZE,
			   META_BLOCK_SIZE - 1) && pool.disk.nr_writes == 0)
			CHECK_IN(b, r == -EUCLEAN && code == THIN_UNDO_CHANGED);
		memcpy(pool.disk.data, after, size());
	}
	((uint8_t *)at(POOL_SB))[48] ^= 1;
	CU_ASSERT_EQUAL(apply(&code), -EUCLEAN);
	CU_ASSERT_EQUAL(code, THIN_UNDO_CHANGED);
	memcpy(pool.disk.data, after, size());
	pool.disk.engine.size -= META_BLOCK_SIZE;
	CU_ASSERT_EQUAL(apply(&code), -EUCLEAN);
	CU_ASSERT_EQUAL(code, THIN_UNDO_SIZE);
	pool.disk.engine.size += META_BLOCK_SIZE;
	CU_ASSERT_EQUAL(apply(&code), 0);
	free(after);
	end();
}

static void refuses_damaged_trees(void)
{
	static const enum pool_block trees[] = {
		POOL_SB, POOL_TOP_ROOT, POOL_TOP_LEAF, POOL_DETAILS_ROOT, POOL_DETAILS_LEAF1,
		POOL_DEV0_ROOT, POOL_DEV0_LEAF, POOL_SHARED_LEAF, POOL_MANY_LEAF, POOL_HELD_SB,
		POOL_HELD_TOP, POOL_HELD_TOP_LEAF, POOL_HELD_DETAILS, POOL_HELD_DETAILS_LEAF,
		POOL_HELD_LEAF,
	};

	for (unsigned i = 0; i < sizeof(trees) / sizeof(*trees); i++) {
		begin();
		spoil_all();
		((uint8_t *)at(trees[i]))[40] ^= 1;
		CHECK_IN(i, rebuild(true) == -EUCLEAN);
		CHECK_IN(i, pool.disk.nr_writes == 0);
		CHECK_IN(i, access(undo, F_OK));
		end();
	}
}

/* Mappings that only counts can show to be wrong. */
static void refuses_blocks_mapped_twice(void)
{
	begin();
	spoil_all();
	memcpy(node_value_at(at(POOL_DEV0_LEAF), 3), node_value_at(at(POOL_DEV0_LEAF), 4), 8);
	reseal(at(POOL_DEV0_LEAF), NODE_SALT);
	CU_ASSERT_EQUAL(rebuild(false), -EUCLEAN);
	CU_ASSERT_EQUAL(pool.disk.nr_writes, 0);
	end();
}

static void refuses_without_room(void)
{
	uint64_t mapped;

	begin();
	memset(at(POOL_META_OVER), 0, META_BLOCK_SIZE);
	/* All others are in use, by the data space map that there is. */
	pool.disk.engine.size = pool.disk.next * META_BLOCK_SIZE;
	CU_ASSERT_EQUAL(rebuild(true), -ENOSPC);
	CU_ASSERT_EQUAL(pool.disk.nr_writes, 0);
	CU_ASSERT_NOT_EQUAL(access(undo, F_OK), 0);
	pool.disk.engine.size = size();
	CU_ASSERT_EQUAL(rebuild(false), 0);
	CU_ASSERT_TRUE(is_sound(&mapped));
	end();
}

void test_rebuild_suite(void);
void test_rebuild_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "cures each block of a space map, and all", cures_each_block },
		{ "cures blocks that cannot be read", cures_what_cannot_be_read },
		{ "survives a crash at each write", survives_a_crash_at_each_write },
		{ "undoing survives a crash at each write", undo_survives_a_crash_at_each_write },
		{ "does not undo what has changed since", refuses_a_change_since },
		{ "refuses damaged trees", refuses_damaged_trees },
		{ "refuses data blocks that are mapped twice", refuses_blocks_mapped_twice },
		{ "refuses without room and changes nothing", refuses_without_room },
		CU_TEST_INFO_NULL,
	};

	add_suite("rebuild", tests);
}
