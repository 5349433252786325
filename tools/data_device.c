/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data_device.h"

#include <errno.h>
#include <inttypes.h>

#include "base/units.h"
#include "meta/format.h"

int data_device_open(const struct tool *tool, const char *path, const char *metadata,
		     unsigned flags, bool anyway, struct engine **e)
{
	char loop[32];
	int r;

	if (tool_is_same_file(path, metadata)) {
		tool_say(tool, path, "is the metadata as well, wanted the pool's data device");
		return -EUCLEAN;
	}
	if (flags & ENGINE_WRITE && !anyway && tool_find_loop(path, loop)) {
		tool_say(tool, path, "%s uses this file, so nothing says whether a pool does; "
			 "give the device instead, or --yes", loop);
		return -EUCLEAN;
	}
	r = engine_open(e, path, flags);
	return r ? tool_say_cannot_open(tool, path, r, "the pool's data device or a regular file",
					"; deactivate the pool first") : 0;
}

int data_device_judge_size(const struct tool *tool, const char *path, const struct engine *e,
			   uint64_t nr_blocks, uint32_t block_size, bool anyway)
{
	uint64_t bytes = (uint64_t)block_size * META_SECTOR_SIZE;
	uint64_t found = engine_size(e) / bytes;
	char has[UNITS_TEXT_MAX], wanted[UNITS_TEXT_MAX];

	if (found == nr_blocks || (anyway && found > nr_blocks))
		return 0;
	units_bytes(engine_size(e), has);
	units_bytes(nr_blocks * bytes, wanted);
	if (found < nr_blocks)
		tool_say(tool, path, "is too small for this pool: has %" PRIu64
			 " data blocks (%s), wanted %" PRIu64 " (%s)", found, has, nr_blocks,
			 wanted);
	else
		tool_say(tool, path, "has room for %" PRIu64 " data blocks (%s), the pool has %"
			 PRIu64 " (%s); if it is this pool's data device nonetheless, add --yes",
			 found, has, nr_blocks, wanted);
	return -EUCLEAN;
}
