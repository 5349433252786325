/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conclude.h"

#include <errno.h>
#include <inttypes.h>

int conclude_tell(const struct tool *tool, const char *input, int r, const struct fault *f,
		  const struct opt_u64 *metadata_snap)
{
	switch (r) {
	case -EUCLEAN:
		tool_say_fault(tool, input, f);
		return r;
	case -ENODATA:
		tool_say(tool, input, "has no metadata snapshot; "
			 "\"dmsetup message POOL 0 reserve_metadata_snap\" makes one");
		return -EUCLEAN;
	case -ESTALE:
		tool_say(tool, input, "the metadata snapshot is in block %" PRIu64
			 ", not in block %" PRIu64, f->found, metadata_snap->value);
		return -EUCLEAN;
	}
	return r;
}

int conclude_status(const struct tool *tool, const char *input, int r, const struct fault *f,
		    const struct opt_u64 *metadata_snap)
{
	r = conclude_tell(tool, input, r, f, metadata_snap);
	return tool_status(tool, r == -ENOMEM ? NULL : input, r);
}
