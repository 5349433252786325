/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fit - whether a node that nothing reaches is a current one, by the counts of
 * data blocks: a leaf of an older transaction maps blocks that are mapped
 * elsewhere now or not at all.
 */
#ifndef THIN_FIT_H
#define THIN_FIT_H

#include "thin/salvage.h"

enum fit {
	FIT_UNKNOWN,			/* no counts to tell by, */
	FIT_TAKEN,			/* and what it maps is mapped elsewhere */
	FIT_BAD,			/* maps something that nothing lost did */
	FIT_GOOD,			/* all that it maps is missing */
};

/* Judges a node of any height, not yet reached.  0, -ENOMEM, or what reading gave. */
int fit_judge(struct thin_salvage *s, uint64_t where, enum fit *fit);

#endif
