/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int output_open(const struct tool *tool, const char *path, mode_t mode)
{
	int fd;

	if (tool_is_no_file(tool, path, false, "a file or a pipe"))
		return -EUCLEAN;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd >= 0)
		return fd;
	tool_say(tool, path, "%s", strerror(errno));
	return -EUCLEAN;
}
