/* SPDX-License-Identifier: GPL-2.0-or-later */
/* salvage_score - what came back of a damaged pool, and how much of it is right. */
#ifndef SALVAGE_SCORE_H
#define SALVAGE_SCORE_H

#include "meta/thin_repair.h"
#include "salvage_image.h"

struct score {
	uint64_t nr_cases, nr_good, nr_bad;
	uint64_t nr_intact;		/* mappings in leaves that were not hit; */
	uint64_t nr_back;		/* they are back, */
	uint64_t nr_lost;		/* or nobody can get them back */
	uint64_t nr_untold;		/* gone or wrong, hit or not, and nothing says so */
	uint64_t nr_wrong;		/* mappings that the pool did not have; */
	uint64_t nr_hidden;		/* nobody can know of these, */
	uint64_t nr_silent;		/* but of these nothing in the report says so */
};

/* Repairs, as thin_repair does, and counts. */
void score_repair(struct score *score, const struct image *im, const struct damage *d,
		  uint64_t first_seed);

/* Counts what the pool in the file @name maps; NULL: there is none. */
void score_file(struct score *score, const struct image *im, const struct damage *d,
		const char *name);

/* Adds all numbers of @s. */
void score_add(struct score *to, const struct score *s);

/* One line; see functional-tests/salvage.c. */
void score_print(const char *what, const char *size, const struct score *s);

/* What is back of that which can come back, in per cent. */
double score_back(const struct score *s);

#endif
