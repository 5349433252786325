/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_ls_conclude - how tools that look at a pool as a whole say how it went. */
#ifndef TOOLS_THIN_LS_CONCLUDE_H
#define TOOLS_THIN_LS_CONCLUDE_H

#include "tool.h"

/*
 * Puts the result @r of reading @input into words, with @f after -EUCLEAN;
 * @metadata_snap is what -m said.  Returns the exit status.
 */
int thin_ls_conclude(const struct tool *tool, const char *input, int r, const struct fault *f,
		     const struct opt_u64 *metadata_snap);

#endif
