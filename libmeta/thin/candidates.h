/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * candidates - nodes of one height that may belong into some hole, and what
 * speaks for each of them there.
 */
#ifndef THIN_CANDIDATES_H
#define THIN_CANDIDATES_H

#include "thin/era.h"
#include "thin/lineage.h"
#include "thin/orphans.h"
#include "thin/shares.h"
#include "thin/solve.h"

/* What counts how much; see candidates_item(). */
enum {
	WORTH_ANY = 100,
	WORTH_HINT = 1000,		/* what is left of the lost node names it */
	WORTH_KNOWN = 300,		/* a pointer to it is missing; */
	WORTH_TAKEN = 200,		/* what it maps may be somebody else's */
	WORTH_SHARED = 200,		/* all devices share it already */
	WORTH_FIT = 200,		/* all that it maps is missing */
	WORTH_SEEN = 400,		/* below the hole's device and no other */
	WORTH_ALIKE = 200,		/* something like it was */
	WORTH_ERA = 300,		/* written when the device could */
	WORTH_NEAR = 60,		/* its number is next to the hole's, */
	WORTH_OWN = 150,		/* or among those of the device's nodes */
	WORTH_LATE = 40,		/* as late as anything */
	WORTH_LARGE = 40,
};

struct candidate {
	uint64_t first;
	uint32_t where;
	uint32_t left;			/* pointers that are missing */
	uint32_t worth;			/* wherever it goes */
	uint32_t barred;		/* from this hole, plus one */
	struct era era;
	bool shared;			/* others have it, */
	bool three;			/* three pointers or more lead to it */
	bool by_fit;			/* nothing but its mappings says that it is current */
};

struct candidates {
	struct thin_salvage *s;
	struct lineage lineage;		/* kept from one height to the next */
	struct shares shares;
	struct candidate *all;		/* by first key */
	size_t nr, room;
	uint32_t *nr_hinted;		/* by block: holes that name it */
	uint32_t height;
	uint32_t nr_reviewed;
};

/*
 * Finds those of @height, with what is known when all higher ones are in their
 * places.  0, -ENOMEM, or what reading gave; candidates_exit() is due.
 */
int candidates_find(struct candidates *c, struct orphans *o, uint32_t height);
void candidates_exit(struct candidates *c);

/* The first that begins at @key or behind. */
size_t candidates_from(const struct candidates *c, uint64_t key);

/* Candidate @i as a piece for @hole. */
struct solve_item candidates_item(const struct candidates *c, size_t i, uint32_t hole);

/* Is it taken for shared only because its keys are right? */
bool candidates_is_guess(const struct candidates *c, size_t i);

/* Do so many have it that one more is likely to, if there is nothing else in its place? */
bool candidates_is_common(const struct candidates *c, size_t i);

/* Was it seen below a device that has a part in @hole? */
bool candidates_is_seen(const struct candidates *c, size_t i, uint32_t hole);

/* It is in @hole now, and counts for its devices. */
void candidates_take(struct candidates *c, size_t i, uint32_t hole);

/*
 * Drops those with keys from @low to @last whose mappings have turned out to be
 * somebody else's, after what was taken was reached.  As candidates_find().
 */
int candidates_review(struct candidates *c, uint64_t low, uint64_t last);

#endif
