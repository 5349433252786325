/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "too_small.h"

#include <errno.h>
#include <inttypes.h>

#include "base/units.h"
#include "meta/format.h"

static int say(const struct tool *tool, const char *path, const struct too_small *s,
	       const char *what, uint64_t size)
{
	char found[UNITS_TEXT_MAX], wanted[UNITS_TEXT_MAX];

	tool_say(tool, path, "is too small: has %" PRIu64 " %s (%s), wanted %s%" PRIu64 " (%s)",
		 s->found, what, units_bytes(s->found * size, found),
		 s->is_least ? "at least " : "", s->wanted,
		 units_bytes(s->wanted * size, wanted));
	return -EUCLEAN;
}

int too_small_say(const struct tool *tool, const char *path, const struct too_small *s)
{
	return say(tool, path, s, "bytes", 1);
}

int too_small_say_blocks(const struct tool *tool, const char *path, const struct too_small *s)
{
	return say(tool, path, s, "blocks", META_BLOCK_SIZE);
}
