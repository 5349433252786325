/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge_defs - the judge's definitions by name. */
#ifndef THIN_JUDGE_DEFS_H
#define THIN_JUDGE_DEFS_H

#include "thin/judge.h"

/* Adds one, the last in j->defs.  0, -EEXIST or -ENOMEM. */
int judge_defs_add(struct judge *j, const char *name, size_t len);

/* NULL if there is none of this name that has ended. */
struct judge_def *judge_defs_find(struct judge *j, const char *name, size_t len);

#endif
