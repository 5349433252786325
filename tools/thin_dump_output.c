/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_dump_output.h"

#include <errno.h>
#include <unistd.h>

#include "output.h"

int thin_dump_output_open(const struct thin_dump_request *q, const char *input)
{
	if (!q->output)
		return STDOUT_FILENO;
	if (tool_is_taken(&thin_dump_tool, q->output, input, "the input"))
		return -EINVAL;
	return output_open(&thin_dump_tool, q->output, 0666);
}

int thin_dump_output_close(const struct thin_dump_request *q, int fd, int r)
{
	if (q->output && close(fd) && !r)
		return -errno;
	return r;
}
