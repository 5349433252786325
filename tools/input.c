/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(const struct input *in, const char *what)
{
	tool_say(in->tool, in->name, "%s", what);
	return -EUCLEAN;
}

int input_open(struct input *in, const struct tool *tool, const char *path, bool is_binary)
{
	struct stat st;

	if (path && !strcmp(path, "-"))
		path = NULL;
	*in = (struct input){ .tool = tool, .name = path ? path : "standard input", .fd = -1 };
	if (tool_is_no_file(tool, path, true, "a file or a pipe"))
		return -EUCLEAN;
	in->fd = path ? open(path, O_RDONLY | O_CLOEXEC) :
			fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (in->fd < 0 || fstat(in->fd, &st))
		return refuse(in, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return refuse(in, "is a directory, wanted a file or a pipe");
	if (is_binary && isatty(in->fd))
		return refuse(in, "is a terminal, wanted a file or a pipe");
	in->is_file = S_ISREG(st.st_mode);
	return 0;
}

void input_close(struct input *in)
{
	if (in->fd >= 0)
		close(in->fd);
	in->fd = -1;
}

int input_refuse_as_output(const struct input *in, const char *output)
{
	struct stat a, b;

	if (fstat(in->fd, &a) || stat(output, &b) ||
	    !(S_ISBLK(a.st_mode) && S_ISBLK(b.st_mode) ? a.st_rdev == b.st_rdev :
						a.st_dev == b.st_dev && a.st_ino == b.st_ino))
		return 0;
	return refuse(in, "is the output as well, wanted another device or file");
}
