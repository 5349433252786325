/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "base/alloc.h"
#include "unit.h"

static void makes_room_and_keeps_what_is_there(void)
{
	uint64_t *all = NULL;
	size_t room = 0, nr = 0;

	for (size_t more = 1; nr < 100000; more = more % 700 + 13) {
		CHECK_IN(more, alloc_room(&all, &room, nr, more, sizeof(*all)) == 0);
		CHECK_IN(more, room >= nr + more);
		for (size_t i = 0; i < more; i++, nr++)
			all[nr] = nr;
	}
	for (size_t i = 0; i < nr; i++)
		CHECK_IN(i, all[i] == i);
	/* It grows by a part of itself, so not often, and not far beyond. */
	CU_ASSERT(room < 2 * nr);
	free(all);
}

static void leaves_alone_what_is_large_enough(void)
{
	char *all = NULL, *before;
	size_t room = 0;

	CU_ASSERT(alloc_room(&all, &room, 0, 0, 1) == 0 && !all && !room);
	CU_ASSERT(alloc_room(&all, &room, 0, 1, 1) == 0 && room >= 1);
	before = all;
	CU_ASSERT(alloc_room(&all, &room, 0, room, 1) == 0 && all == before);
	CU_ASSERT(alloc_room(&all, &room, room - 1, 1, 1) == 0 && all == before);
	free(all);
}

static void refuses_what_cannot_be(void)
{
	static const size_t sizes[][3] = {
		{ 10, SIZE_MAX, 1 }, { 10, SIZE_MAX - 5, 1 }, { SIZE_MAX, 1, 1 },
		{ 10, SIZE_MAX / 5, 16 }, { 10, SIZE_MAX / 5, SIZE_MAX },
	};
	char *all = NULL, *before;
	size_t room = 0, was;

	CU_ASSERT_FATAL(alloc_room(&all, &room, 0, 10, 1) == 0);
	before = all;
	was = room;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		CHECK_IN(i, alloc_room(&all, &room, sizes[i][0], sizes[i][1], sizes[i][2]) ==
			 -ENOMEM);
		CHECK_IN(i, all == before && room == was);
	}
	free(all);
}

void test_alloc_suite(void);

void test_alloc_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "makes room and keeps what is there", makes_room_and_keeps_what_is_there },
		{ "leaves alone what is large enough", leaves_alone_what_is_large_enough },
		{ "refuses what cannot be", refuses_what_cannot_be },
		CU_TEST_INFO_NULL,
	};

	add_suite("alloc", tests);
}
