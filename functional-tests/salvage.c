/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * salvage - how much of a damaged pool comes back.
 *
 *	salvage CASES SEED IMAGE...
 *	salvage damage WAY BLOCKS SEED IMAGE OUTPUT
 *	salvage score WAY BLOCKS SEED IMAGE [REPAIRED]
 *
 * Damages copies of each image, which must be sound, in all the ways that it
 * knows, and repairs them in memory.  For each way and number of blocks it
 * prints a line:
 *
 *	cases	how many there were
 *	back	of the mappings in leaves that were not hit, those that are back
 *	lost	those that are not, and cannot be: see salvage_proof.h
 *	wrong	mappings that the pool did not have
 *	hidden	those of them that no finding speaks of, and that nobody can know of
 *	silent	those of them that no finding speaks of for no such reason
 *	untold	mappings of all leaves, hit or not, that are gone or wrong, and
 *		that no finding speaks of
 *	bad	repairs that failed, or whose result a check does not pass
 *
 * The last line says how many cases passed: nothing untold, silent or bad, and
 * everything back that the leaves had.  Status 0 if nothing is either of these,
 * and of each way and number as much is back as SALVAGE_FLOORS says: per cent
 * for 1, 4, 16 and 64 blocks, of damage that leaves wrong checksums and of
 * damage that does not; by default 99.9 each.
 *
 * "damage" writes a damaged copy for other programs, and "score" prints what
 * one of them has made of it: mappings in leaves not hit, those of them that
 * are back, those that cannot be, mappings that are wrong; then how many are
 * untold and silent, which no file can say anything of.  Without REPAIRED it is
 * what this repair makes of it.
 *
 * With SALVAGE_VERBOSE=1 it names every case that did not pass, and with
 * SALVAGE_CASE=WAY:BLOCKS:SEED it runs one of these alone, on one image.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "salvage_score.h"

static const unsigned sizes[] = { 1, 4, 16, 64 };

enum { NR_SIZES = sizeof(sizes) / sizeof(*sizes) };

static double floors[2][NR_SIZES] = {
	{ 99.9, 99.9, 99.9, 99.9 }, { 99.9, 99.9, 99.9, 99.9 },
};

static void read_floors(void)
{
	const char *text = getenv("SALVAGE_FLOORS");
	char *end;

	for (unsigned i = 0; text && i < 2 * NR_SIZES; i++) {
		floors[i / NR_SIZES][i % NR_SIZES] = strtod(text, &end);
		if (end == text)
			errx(2, "SALVAGE_FLOORS has %u numbers, wanted %d", i, 2 * NR_SIZES);
		text = end;
	}
}

static bool is_sealed(enum way way)
{
	return way == SMEAR_SEALED || way == STALE_SEALED || way == SWAP_SEALED;
}

/* Is so much back as there should be? */
static bool judge(const struct score *s, enum way way, unsigned size)
{
	double floor = floors[is_sealed(way)][size];

	if (score_back(s) >= floor && !s->nr_untold && !s->nr_silent && !s->nr_bad)
		return true;
	printf("  %s, %u blocks: wanted %.2f %% back, 0 untold, silent and bad\n", way_names[way],
	       sizes[size], floor);
	return false;
}

static void run_case(const struct image *im, enum way way, unsigned nr, struct score *score)
{
	uint64_t first = seed;
	struct damage d;

	damage_init(&d, im, way, nr);
	score_repair(score, im, &d, first);
	damage_exit(&d);
}

/* Ways count from 0. */
static bool run_alone(const struct image *im, struct score *score)
{
	const char *text = getenv("SALVAGE_CASE");
	unsigned way, nr;

	if (!text || sscanf(text, "%u:%u:%" SCNu64, &way, &nr, &seed) != 3 || way >= NR_WAYS)
		return false;
	run_case(im, (enum way)way, nr, score);
	score_print(way_names[way], "", score);
	return true;
}

static bool run_all(const struct image *images, unsigned nr_images, unsigned nr_cases,
		    struct score *all)
{
	unsigned one = (nr_cases + NR_WAYS * NR_SIZES - 1) / (NR_WAYS * NR_SIZES);
	bool good = true;

	for (unsigned way = 0; way < NR_WAYS; way++)
		for (unsigned size = 0; size < NR_SIZES; size++) {
			struct score score = { .nr_cases = 0 };
			char text[16];

			for (unsigned i = 0; i < one; i++)
				run_case(&images[rnd(nr_images)], (enum way)way, sizes[size],
					 &score);
			snprintf(text, sizeof(text), "%u", sizes[size]);
			score_print(way_names[way], text, &score);
			good = judge(&score, (enum way)way, size) && good;
			score_add(all, &score);
		}
	return good;
}

static void save(const char *name, const uint8_t *data, size_t size)
{
	FILE *to = fopen(name, "we");

	if (!to || fwrite(data, size, 1, to) != 1 || fclose(to))
		err(2, "%s", name);
}

/* WAY BLOCKS SEED IMAGE, and a file. */
static int run_for_others(bool just_damage, char **argv, const char *file)
{
	unsigned way = (unsigned)strtoul(argv[0], NULL, 10);
	unsigned nr = (unsigned)strtoul(argv[1], NULL, 10);
	struct score score = { .nr_cases = 0 };
	struct damage d;
	struct image im;

	if (way >= NR_WAYS)
		errx(2, "there is no way %u", way);
	seed = strtoull(argv[2], NULL, 10);
	image_read(&im, argv[3]);
	damage_init(&d, &im, (enum way)way, nr);
	if (just_damage) {
		save(file, d.data, im.nr_blocks * META_BLOCK_SIZE);
	} else {
		if (file)
			score_file(&score, &im, &d, file);
		else
			score_repair(&score, &im, &d, seed);
		printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		       "\n", score.nr_intact, score.nr_back, score.nr_lost, score.nr_wrong,
		       score.nr_untold, score.nr_silent);
	}
	damage_exit(&d);
	image_exit(&im);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned nr_images = argc > 3 ? (unsigned)argc - 3 : 0;
	struct image *images = calloc(nr_images + 1, sizeof(*images));
	struct score all = { .nr_cases = 0 };
	bool good = true;

	if (!nr_images || !images)
		errx(2, "usage: salvage CASES SEED IMAGE...");
	if (!strcmp(argv[1], "damage") && argc == 7) {
		free(images);
		return run_for_others(true, argv + 2, argv[6]);
	}
	if (!strcmp(argv[1], "score") && (argc == 6 || argc == 7)) {
		free(images);
		return run_for_others(false, argv + 2, argv[6]);
	}
	read_floors();
	for (unsigned i = 0; i < nr_images; i++)
		image_read(&images[i], argv[i + 3]);
	seed = strtoull(argv[2], NULL, 10);
	if (!run_alone(images, &all)) {
		good = run_all(images, nr_images, (unsigned)strtoul(argv[1], NULL, 10), &all);
		score_print("all", "", &all);
	}
	for (unsigned i = 0; i < nr_images; i++)
		image_exit(&images[i]);
	free(images);
	printf("salvage: %" PRIu64 " passed, %" PRIu64 " failed\n", all.nr_good,
	       all.nr_cases - all.nr_good);
	return !good;
}
