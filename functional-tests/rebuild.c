/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rebuild - damages space maps at random, and has them rebuilt.
 *
 *	rebuild CASES SEED UNDO IMAGE...
 *
 * Hits one to all blocks of the space maps of each image, which must be whole,
 * and what the superblock says of them.  However that looks: the rebuild must
 * succeed, a check and a second, simple reader must find nothing wrong
 * afterwards, and all mappings must be there.  With the undo file UNDO, made and
 * removed for each case, every byte must then come back.
 *
 * Prints the first case that fails and "rebuild: N passed, N failed".
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/le.h"
#include "damage_image.h"
#include "meta/format.h"
#include "meta/thin_check.h"
#include "meta/thin_undo.h"

enum { MOST_FAILURES = 10 };

static const char *undo;
static uint64_t nr_passed, nr_failed;

static void seal_sb(uint8_t *sb)
{
	__le32 csum = cpu_to_le32(crc32c(~0u, sb + 4, META_BLOCK_SIZE - 4) ^ THIN_SB_SALT);

	memcpy(sb, &csum, sizeof(csum));
}

/* A number that is as wrong as can be, or nearly right. */
static uint64_t odd_number(const struct image *im, struct dice *d)
{
	switch (dice_below(d, 5)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return im->used[dice_below(d, im->nr_used)];
	case 3:
		return dice_below(d, im->nr_blocks);
	default:
		return dice_roll(d) >> dice_below(d, 64);
	}
}

/*
 * Any field of the two roots but the number of data blocks, which nothing but
 * the superblock has: that becomes one that cannot be.
 */
static void damage_roots(struct image *im, struct dice *d)
{
	struct thin_sb_disk *sb = (void *)im->data;

	for (uint64_t n = dice_below(d, 4); n--;) {
		bool is_data = dice_below(d, 2);
		struct sm_root_disk *root = is_data ? &sb->data_sm.root : &sb->metadata_sm.root;
		__le64 value = cpu_to_le64(odd_number(im, d));

		switch (dice_below(d, 4)) {
		case 0:
			root->nr_blocks = !is_data ? value : cpu_to_le64(dice_below(d, 2) ?
					  0 : UINT64_MAX - dice_below(d, 1000));
			break;
		case 1:
			root->nr_allocated = value;
			break;
		case 2:
			root->index_root = value;
			break;
		default:
			root->overflow_root = value;
		}
	}
	seal_sb(im->data);
}

static const char *judge(struct image *im, struct engine *e)
{
	const struct thin_check_opts o = { .nr_threads = 1 };
	struct thin_check_report *rep;
	struct reading after;
	bool good;

	reader_read(&after, im->data, im->nr_blocks, NULL);
	if (after.broken)
		return after.why;
	if (after.leaky)
		return "leaks";
	if (after.live != im->reading.live || after.held != im->reading.held)
		return "mappings have changed";
	if (thin_check(e, &o, &rep))
		return "it cannot be checked";
	good = thin_check_is_good(rep, false);
	thin_check_free(rep);
	return good ? NULL : "the check finds something";
}

static const char *judge_undo(struct image *im, struct engine *e, const uint8_t *before)
{
	struct thin_undo_issue issue;
	struct thin_undo *u;
	uint64_t nr;
	int r;

	if (thin_undo_open(&u, undo, &issue))
		return "the undo file is no good";
	r = thin_undo_apply(u, e, &nr, &issue);
	thin_undo_close(u);
	if (r)
		return "undoing fails";
	return memcmp(im->data, before, im->nr_blocks * META_BLOCK_SIZE) ?
		"undoing does not bring all back" : NULL;
}

static const char *try(struct image *im, struct engine *e, const uint8_t *before)
{
	struct thin_check_mending how = {
		.what = THIN_MEND_SPACE_MAPS, .nr_threads = 1, .undo = undo,
	};
	const char *wrong;
	int r = thin_check_mend(e, &how);

	thin_check_free(how.trees);
	if (r)
		return strerror(-r);
	wrong = judge(im, e);
	return wrong ? wrong : judge_undo(im, e, before);
}

static void run_case(struct image *im, uint64_t seed, uint8_t *before)
{
	struct dice d = { .state = seed };
	const char *wrong = "no memory";
	struct engine *e;

	dice_roll(&d);
	image_damage(im, &d);
	damage_roots(im, &d);
	im->all_touched = true;
	memcpy(before, im->data, im->nr_blocks * META_BLOCK_SIZE);
	if (!engine_open_memory(&e, im->data, im->size)) {
		wrong = try(im, e, before);
		engine_close(e);
	}
	unlink(undo);
	image_restore(im);
	nr_passed += !wrong;
	nr_failed += wrong != NULL;
	if (wrong)
		printf("%s: seed %" PRIu64 ": %s\n", im->path, seed, wrong);
}

static void run_image(const char *path, uint64_t cases, uint64_t seed)
{
	uint8_t *before;
	struct image im;

	image_load(&im, path);
	im.only_maps = true;
	before = malloc(im.nr_blocks * META_BLOCK_SIZE);
	if (!before)
		err(1, NULL);
	for (uint64_t n = 0; n < cases && nr_failed < MOST_FAILURES; n++)
		run_case(&im, seed + n, before);
	free(before);
	image_free(&im);
}

int main(int argc, char **argv)
{
	if (argc < 5)
		errx(1, "usage: rebuild CASES SEED UNDO IMAGE...");
	undo = argv[3];
	for (int i = 4; i < argc; i++)
		run_image(argv[i], strtoull(argv[1], NULL, 10), strtoull(argv[2], NULL, 10));
	printf("rebuild: %" PRIu64 " passed, %" PRIu64 " failed\n", nr_passed, nr_failed);
	return nr_failed != 0;
}
