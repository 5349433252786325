/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_ls_conclude.h"

#include <errno.h>
#include <inttypes.h>

int thin_ls_conclude(const struct tool *tool, const char *input, int r, const struct fault *f,
		     const struct opt_u64 *metadata_snap)
{
	switch (r) {
	case -EUCLEAN:
		tool_say_fault(tool, input, f);
		break;
	case -ENODATA:
		tool_say(tool, input, "has no metadata snapshot; "
			 "\"dmsetup message POOL 0 reserve_metadata_snap\" makes one");
		break;
	case -ESTALE:
		tool_say(tool, input, "the metadata snapshot is not at block %" PRIu64,
			 metadata_snap->value);
		break;
	default:
		return tool_status(tool, r == -ENOMEM ? NULL : input, r);
	}
	return tool_status(tool, input, -EUCLEAN);
}
