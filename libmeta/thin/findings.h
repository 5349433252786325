/* SPDX-License-Identifier: GPL-2.0-or-later */
/* findings - what a repair has to tell, collected; meta/thin_repair.h. */
#ifndef THIN_FINDINGS_H
#define THIN_FINDINGS_H

#include "meta/thin_repair.h"

/* So many are kept; the rest is counted. */
#define FINDINGS_MOST 100000u

struct findings {
	struct thin_finding *all;
	size_t nr, room;
	uint64_t nr_by_class[NR_THIN_FINDING_CLASSES];
	int error;			/* -ENOMEM once one could not be kept */
};

/* Takes a copy. */
void findings_add(struct findings *l, const struct thin_finding *f);

/* Forgets all but the first @nr. */
void findings_cut(struct findings *l, size_t nr);

/* By device, place and code; those of the pool come first. */
void findings_sort(struct findings *l);

/* Frees what was kept. */
void findings_exit(struct findings *l);

#endif
