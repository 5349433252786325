/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_dump_output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int thin_dump_output_open(const struct thin_dump_request *q, const char *input)
{
	int fd;

	if (!q->output)
		return STDOUT_FILENO;
	if (tool_is_taken(&thin_dump_tool, q->output, input, "the input"))
		return -EINVAL;
	fd = open(q->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd >= 0)
		return fd;
	tool_say(&thin_dump_tool, q->output, "%s", strerror(errno));
	return -EINVAL;
}

int thin_dump_output_close(const struct thin_dump_request *q, int fd, int r)
{
	if (q->output && close(fd) && !r)
		return -errno;
	return r;
}
