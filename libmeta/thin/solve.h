/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * solve - which of many pieces, each with a range of keys and a worth, go
 * together into one hole: none overlap, their entries add up to what is
 * missing there, and they are worth the most.
 */
#ifndef THIN_SOLVE_H
#define THIN_SOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct solve_item {
	uint64_t first, last;		/* keys */
	uint64_t nr;			/* entries */
	uint32_t worth;
	uint32_t name;			/* the caller's */
	bool chosen;
};

struct solve {
	struct solve_item *items;
	size_t nr;
	uint64_t wanted;		/* entries; UINT64_MAX: not known */
	bool only_most;			/* there may be less than that */
	uint32_t slack;			/* worth that the exact number may cost */
	size_t nr_others;		/* holes that this is done for as well */
	/* The answer. */
	uint64_t sum;
	uint64_t worth;
	bool exact;			/* sum is as wanted, */
	bool unique;			/* and nothing else adds up to it */
};

/*
 * Chooses; items come back in the order of their last keys.  What is worth the
 * most is found for certain, unless numbers are so large that it would take
 * too much memory or time: then what is worth least is left out until the rest fits.
 * 0 or -ENOMEM.
 */
int solve_run(struct solve *s);

#endif
