/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * holes - free ranges by their length, to be filled.
 *
 * There is a list for each length, and a set of the lengths that there are in
 * which the next larger one is found at once.  All lengths from HOLES_LONG on
 * share the last list.
 */
#ifndef THIN_HOLES_H
#define THIN_HOLES_H

#include <stddef.h>

#include "base/bits.h"

enum {
	HOLES_LONG = 1 << 16,
	HOLES_WORDS = HOLES_LONG / 64 + 1,
};

struct hole_range {
	uint64_t begin;
	uint64_t length;
	size_t next;			/* index + 1; 0: none */
};

struct holes {
	struct hole_range *all;
	size_t nr, room;
	size_t *first;			/* by length: index + 1 */
	uint64_t there[HOLES_WORDS];	/* lengths whose list is not empty */
	uint64_t words[HOLES_WORDS / 64 + 1];	/* words of these that are not 0 */
};

/*
 * Collects the longest gaps between the members of @taken below @end, until
 * there are @nr_blocks in them; the lowest ones come first.  *@nr_free gets all
 * there are.  0; -ENOSPC if that is less than @nr_blocks; or -ENOMEM.
 * holes_exit() is for all.
 */
int holes_init(struct holes *h, const struct bits *taken, uint64_t end, uint64_t nr_blocks,
	       uint64_t *nr_free);
void holes_exit(struct holes *h);

/*
 * Takes up to @length blocks, all of them if any hole has room: from the
 * smallest that has, or else all of the largest.  There must be one.  Gives
 * how many, and where they begin.
 */
uint64_t holes_take(struct holes *h, uint64_t length, uint64_t *begin);

#endif
