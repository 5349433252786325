/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_receive.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/units.h"
#include "meta/thin_stream.h"

static const struct tool *const tool = &thin_receive_tool;

/* It is replaced as a whole, which takes a name of its own; a link stays one. */
static int find_state(struct receive_request *q)
{
	static char name[PATH_MAX];
	struct stat st;

	if (!q->state || stat(q->state, &st))
		return 0;
	if (!S_ISREG(st.st_mode))
		return tool_say_cannot_open(tool, q->state, -ENOTBLK, "a file for the state", "");
	if (!lstat(q->state, &st) && S_ISLNK(st.st_mode) && realpath(q->state, name))
		q->state = name;
	return 0;
}

int receive_request_read(struct receive_request *q)
{
	q->window = 256u << 20;
	if (q->checkpoint && (units_parse_size(q->checkpoint, 1, &q->window) ||
			      q->window < THIN_STREAM_GRAIN))
		return tool_mistaken_value(tool, "checkpoint", q->checkpoint,
					   "a size of at least 64k");
	if (q->window > THIN_STREAM_SIZE_MAX)
		q->window = THIN_STREAM_SIZE_MAX;
	q->window = q->window / THIN_STREAM_GRAIN * THIN_STREAM_GRAIN;
	if (find_state(q))
		return -EINVAL;
	if (q->print_token && !q->state)
		return tool_mistake(tool, "--print-token needs --state");
	if (!q->print_token && !q->output && !q->dry_run)
		return tool_mistake(tool, "missing option: -o {device|file}, or --dry-run");
	if (q->input && !strcmp(q->input, "-"))
		q->input = NULL;
	return tool_is_taken(tool, q->output, q->input, "the input") ||
		tool_is_taken(tool, q->output, q->state, "the state") ? -EINVAL : 0;
}
