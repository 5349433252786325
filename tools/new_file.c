/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int say(const struct new_file *f, const char *text)
{
	tool_say(f->tool, f->path, "%s", text);
	return -EUCLEAN;
}

/* As a file that open() makes; mkstemp() gives it to its owner alone. */
static void set_mode(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	(void)fchmod(fd, 0666 & ~mask);
}

/* A link keeps leading to what it leads to. */
static int open_beside(struct new_file *f)
{
	f->final = realpath(f->path, NULL);
	if (!f->final)
		f->final = strdup(f->path);
	if (!f->final || asprintf(&f->temporary, "%s.XXXXXX", f->final) < 0) {
		f->temporary = NULL;
		return say(f, strerror(ENOMEM));
	}
	f->fd = mkostemp(f->temporary, O_CLOEXEC);
	if (f->fd < 0) {
		int error = errno;

		free(f->temporary);
		f->temporary = NULL;
		return say(f, strerror(error));
	}
	set_mode(f->fd);
	return 0;
}

int new_file_open(struct new_file *f, const struct tool *tool, const char *path)
{
	struct stat st;

	*f = (struct new_file){ .tool = tool, .path = path, .fd = -1 };
	if (!strcmp(path, "-")) {
		f->path = "standard output";
		f->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		return f->fd < 0 ? say(f, strerror(errno)) : 0;
	}
	if (stat(path, &st)) {
		if (errno != ENOENT)
			return say(f, strerror(errno));
		return open_beside(f);
	}
	if (S_ISREG(st.st_mode))
		return open_beside(f);
	if (tool_is_no_file(tool, path, false, "a file"))
		return -EUCLEAN;
	f->fd = open(path, O_WRONLY | O_CLOEXEC);
	return f->fd < 0 ? say(f, strerror(errno)) : 0;
}

/* A name is safe when its directory is. */
static int flush_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int r = 0;

	/* Some file systems know no flushing of directories. */
	if (fd >= 0 && fsync(fd) && errno == EIO)
		r = -EIO;
	if (fd >= 0)
		close(fd);
	free(dir);
	return r;
}

int new_file_keep(struct new_file *f)
{
	if (!f->temporary)
		return 0;
	if (fsync(f->fd) || rename(f->temporary, f->final))
		return say(f, strerror(errno));
	free(f->temporary);
	f->temporary = NULL;
	return flush_directory(f->final) ? say(f, strerror(EIO)) : 0;
}

void new_file_close(struct new_file *f)
{
	if (f->temporary)
		unlink(f->temporary);
	free(f->temporary);
	free(f->final);
	f->temporary = f->final = NULL;
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

/* One line of stdin, and not a byte of the next; what is too long is no yes. */
static bool is_yes(void)
{
	char answer[5] = "";

	for (size_t i = 0; i < sizeof(answer) - 1; i++)
		if (read(STDIN_FILENO, answer + i, 1) != 1 || answer[i] == '\n') {
			answer[i] = '\0';
			break;
		}
	return !strcmp(answer, "y") || !strcmp(answer, "yes");
}

bool tool_may_overwrite(const struct tool *tool, const char *path, bool force)
{
	if (force || !tool_has_metadata(path))
		return true;
	if (tool_is_quiet())
		return false;
	fprintf(stderr, "%s: %s: has metadata, which will be lost; go on? [y/N] ", tool->name,
		path);
	fflush(stderr);
	if (is_yes())
		return true;
	tool_say(tool, path, "is left as it is; --force goes on without a question");
	return false;
}
