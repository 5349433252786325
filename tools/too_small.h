/* SPDX-License-Identifier: GPL-2.0-or-later */
/* too_small - says that something has not room enough, and how much it would take. */
#ifndef TOOLS_TOO_SMALL_H
#define TOOLS_TOO_SMALL_H

#include "tool.h"

struct too_small {
	uint64_t found;
	uint64_t wanted;
	bool is_least;		/* or more */
};

/* In bytes, or in metadata blocks.  Both return -EUCLEAN. */
int too_small_say(const struct tool *tool, const char *path, const struct too_small *s);
int too_small_say_blocks(const struct tool *tool, const char *path, const struct too_small *s);

#endif
