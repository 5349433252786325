/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * suspects - a second, exact look at the data blocks that keytags found odd.
 *
 * All mapping leaves are read again for the few blocks in question.  A device
 * that maps one of them twice, or that takes a shared one for its own, is a
 * fault.
 */
#ifndef THIN_SUSPECTS_H
#define THIN_SUSPECTS_H

#include "thin/keytags.h"
#include "thin/roster.h"

/* After the walk of the mapping trees.  0 or -ENOMEM. */
int suspects_judge(struct walk *walk, const struct roster *roster, struct keytags *tags);

#endif
