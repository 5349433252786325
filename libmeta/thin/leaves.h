/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leaves - reads some leaves of a forest at once: in the order of the disk and
 * with few requests, whatever order they were asked for in.
 *
 * For one thread at a time.
 */
#ifndef THIN_LEAVES_H
#define THIN_LEAVES_H

#include "thin/forest.h"

#define LEAVES_MAX 256u

struct leaves {
	const struct forest *forest;
	unsigned most;			/* so many at once are best, up to LEAVES_MAX */
	unsigned nr;
	uint32_t index[LEAVES_MAX];	/* of leaves; the caller fills it in */
	const char *block[LEAVES_MAX];	/* NULL: could not be read */
	int error[LEAVES_MAX];		/* then why */
	uint64_t order[LEAVES_MAX];
	char *buffer;
};

/* 0 or -ENOMEM. */
int leaves_init(struct leaves *l, const struct forest *f);
void leaves_exit(struct leaves *l);

/* Reads the @nr leaves in @index; what was read before is gone. */
void leaves_read(struct leaves *l);

/* As forest_judge_leaf() for number @i of them. */
static inline int leaves_judge(const struct leaves *l, unsigned i, struct node *n,
			       struct fault *f)
{
	return forest_judge_leaf(l->forest, l->index[i], l->block[i], l->error[i], n, f);
}

#endif
