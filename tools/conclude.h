/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conclude - how tools that read a pool's metadata say how that went. */
#ifndef TOOLS_CONCLUDE_H
#define TOOLS_CONCLUDE_H

#include "tool.h"

/*
 * Says what is wrong with the metadata @input, of which reading gave @r, with
 * @f after -EUCLEAN; @metadata_snap is what -m said.  -EUCLEAN after the words;
 * @r if there is nothing to say of the metadata.
 */
int conclude_tell(const struct tool *tool, const char *input, int r, const struct fault *f,
		  const struct opt_u64 *metadata_snap);

/* The same for all of a tool's work; returns the exit status. */
int conclude_status(const struct tool *tool, const char *input, int r, const struct fault *f,
		    const struct opt_u64 *metadata_snap);

#endif
