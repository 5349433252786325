/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_disk(const struct stat *st)
{
	return S_ISBLK(st->st_mode) || S_ISREG(st->st_mode);
}

static int open_fd(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600);

	if (fd < 0 && errno == EINVAL && flags & O_DIRECT)
		fd = open(path, (flags & ~O_DIRECT) | O_CLOEXEC | O_NONBLOCK, 0600);
	return fd;
}

/* What is opened is judged again: the name may have changed hands meanwhile. */
static int take(struct disk *d, const char *path, int flags)
{
	struct stat st;

	if (!stat(path, &st) && !is_disk(&st))
		return -ENOTBLK;
	d->fd = open_fd(path, flags);
	if (d->fd < 0 || fstat(d->fd, &st))
		return -errno;
	if (!is_disk(&st))
		return -ENOTBLK;
	d->is_block = S_ISBLK(st.st_mode);
	d->dev = st.st_rdev;
	d->size = (uint64_t)st.st_size;
	return d->is_block && ioctl(d->fd, BLKGETSIZE64, &d->size) ? -errno : 0;
}

int disk_open(struct disk *d, const struct tool *tool, const char *path, int flags)
{
	int r;

	*d = (struct disk){ .fd = -1 };
	r = take(d, path, flags);
	if (!r)
		return 0;
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	return tool_say_cannot_open(tool, path, r, "a block device or a regular file", "");
}
