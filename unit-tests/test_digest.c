/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/digest.h"
#include "unit.h"

static const char *of(const uint64_t *words, size_t nr)
{
	static char text[DIGEST_TEXT_MAX];
	uint8_t result[DIGEST_SIZE];
	struct digest d;

	digest_init(&d);
	for (size_t i = 0; i < nr; i++)
		digest_add(&d, words[i]);
	digest_get(&d, result);
	return digest_text(result, text);
}

/* They are in streams that people keep; these were computed elsewhere. */
static void never_changes(void)
{
	static const uint64_t words[] = { 1, 2, UINT64_MAX };

	CU_ASSERT_STRING_EQUAL(of(words, 0), "1299afe201588fcfef33c0e1542942c3");
	CU_ASSERT_STRING_EQUAL(of(words, 3), "db874bc8ce0eed127e41e7f113abb501");
}

static void tells_sequences_apart(void)
{
	static const uint64_t words[] = { 0, 0, 1, 0, 0, 1, 1 };
	char seen[16][DIGEST_TEXT_MAX];
	unsigned nr = 0;

	for (size_t begin = 0; begin < 4; begin++) {
		for (size_t len = 0; len < 4; len++) {
			strcpy(seen[nr], of(words + begin, len));
			for (unsigned i = 0; i < nr; i++)
				CHECK_IN(nr, !strcmp(seen[i], seen[nr]) ==
					 (i % 4 == len &&
					  !memcmp(words + i / 4, words + begin, 8 * len)));
			nr++;
		}
	}
}

static void takes_bytes_as_words(void)
{
	static const uint8_t bytes[] = { 1, 0, 0, 0, 2, 0, 0, 0 };
	static const uint64_t words[] = { 1, 2 };
	uint8_t result[DIGEST_SIZE], again[DIGEST_SIZE];
	char text[DIGEST_TEXT_MAX];
	struct digest d;

	digest_init(&d);
	digest_add_bytes(&d, bytes, sizeof(bytes));
	digest_get(&d, result);
	CU_ASSERT_STRING_EQUAL(digest_text(result, text), of(words, 2));
	CU_ASSERT_EQUAL(digest_parse(text, again), 0);
	CU_ASSERT_EQUAL(memcmp(result, again, sizeof(result)), 0);
	for (size_t i = 0; i < 32; i++) {
		char c = text[i];

		text[i] = "gG-\0"[i % 4];
		CHECK_IN(i, digest_parse(text, again) == -EINVAL);
		text[i] = c;
	}
}

void test_digest_suite(void);
void test_digest_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "never changes", never_changes },
		{ "tells sequences apart", tells_sequences_apart },
		{ "takes bytes as words", takes_bytes_as_words },
		CU_TEST_INFO_NULL,
	};

	add_suite("digest", tests);
}
