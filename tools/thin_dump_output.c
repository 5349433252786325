/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_dump_output.h"

#include <errno.h>

int thin_dump_output_open(struct new_file *f, const struct thin_dump_request *q,
			  const char *input)
{
	int r;

	if (tool_is_taken(&thin_dump_tool, q->output, input, "the input"))
		return -EINVAL;
	r = new_file_open(f, &thin_dump_tool, q->output ? q->output : "-", 0666);
	return r ? r : new_file_begin(f);
}
