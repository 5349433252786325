/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/fdio.h"
#include "io/discard.h"

struct engine_file {
	struct engine engine;
	int fd;
	bool is_file;
};

static int fd_of(const struct engine *e)
{
	return ((const struct engine_file *)e)->fd;
}

/* A file system may take the flag and then not what is to be done. */
static bool leave_direct(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && flags & O_DIRECT && !fcntl(fd, F_SETFL, flags & ~O_DIRECT);
}

static int file_read(struct engine *e, void *data, size_t len, uint64_t offset)
{
	int r = fdio_read_at(fd_of(e), data, len, offset, NULL);

	return r == -EINVAL && leave_direct(fd_of(e)) ? file_read(e, data, len, offset) : r;
}

static int file_write(struct engine *e, const void *data, size_t len, uint64_t offset)
{
	int r = fdio_write_at(fd_of(e), data, len, offset);

	return r == -EINVAL && leave_direct(fd_of(e)) ? file_write(e, data, len, offset) : r;
}

static int file_flush(struct engine *e)
{
	return fdatasync(fd_of(e)) ? -errno : 0;
}

static int file_close(struct engine *e)
{
	int r = close(fd_of(e)) ? -errno : 0;

	free(e);
	return r;
}

/* For files only: with devices the kernel would read and write as we do. */
static int file_copy(struct engine *e, uint64_t from, uint64_t to, size_t len)
{
	off_t in = (off_t)from, out = (off_t)to;

	if (!((struct engine_file *)e)->is_file)
		return -EOPNOTSUPP;
	while (len) {
		ssize_t n = copy_file_range(fd_of(e), &in, fd_of(e), &out, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (!n || (n < 0 && (errno == EINVAL || errno == EXDEV || errno == ENOSYS)))
			return -EOPNOTSUPP;
		if (n < 0)
			return -errno;
		len -= (size_t)n;
	}
	return 0;
}

static int file_discard(struct engine *e, uint64_t offset, uint64_t len)
{
	return discard_range(fd_of(e), offset, len);
}

static int file_discard_limits(struct engine *e, struct engine_discards *d)
{
	return discard_limits(fd_of(e), d);
}

/* What cannot tell its holes has none. */
static uint64_t file_next_data(struct engine *e, uint64_t offset)
{
	off_t data = lseek(fd_of(e), (off_t)offset, SEEK_DATA);

	if (data >= 0)
		return (uint64_t)data;
	return errno == ENXIO ? e->size : offset;
}

static int file_zero(struct engine *e, uint64_t len, uint64_t offset)
{
	return fallocate(fd_of(e), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
			 (off_t)len) ? -errno : 0;
}

/* Direct reads wait for the disk whatever has been announced. */
static bool file_is_far(struct engine *e, uint64_t offset)
{
#ifdef SYS_preadv2
	char byte;
	struct iovec iov = { &byte, 1 };

	/* Not every C library has a function for it. */
	return !e->direct && syscall(SYS_preadv2, fd_of(e), &iov, 1, (long)offset,
				     (long)(offset >> 32), RWF_NOWAIT) < 0 && errno == EAGAIN;
#else
	(void)e;
	(void)offset;
	return false;
#endif
}

static void file_announce(struct engine *e, uint64_t offset, uint64_t len)
{
	posix_fadvise(fd_of(e), (off_t)offset, (off_t)len, POSIX_FADV_WILLNEED);
}

static const struct engine_ops file_ops = {
	.read = file_read,
	.write = file_write,
	.flush = file_flush,
	.close = file_close,
	.copy = file_copy,
	.discard = file_discard,
	.discard_limits = file_discard_limits,
	.next_data = file_next_data,
	.zero = file_zero,
	.is_far = file_is_far,
	.announce = file_announce,
};

static bool set_direct(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && !fcntl(fd, F_SETFL, flags | O_DIRECT);
}

/* One with larger sectors than our blocks has no direct I/O for us. */
static bool set_direct_device(int fd)
{
	int sector = 0;

	return !ioctl(fd, BLKSSZGET, &sector) && sector <= 4096 && set_direct(fd);
}

static int take_size(struct engine_file *f, const struct stat *st, unsigned flags)
{
	uint64_t size;

	f->is_file = S_ISREG(st->st_mode);
	if (f->is_file) {
		f->engine.size = (uint64_t)st->st_size;
		f->engine.direct = flags & ENGINE_DIRECT && set_direct(f->fd);
		return 0;
	}
	if (ioctl(f->fd, BLKGETSIZE64, &size))
		return -errno;
	f->engine.size = size;
	f->engine.direct = set_direct_device(f->fd);
	return 0;
}

static int judge_type(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return -EISDIR;
	return S_ISREG(st->st_mode) || S_ISBLK(st->st_mode) ? 0 : -ENOTBLK;
}

/* What is opened is judged again: the name may have changed hands meanwhile. */
static int open_fd(struct engine_file *f, const char *path, unsigned flags)
{
	int mode = O_CLOEXEC | (flags & ENGINE_WRITE ? O_RDWR : O_RDONLY);
	struct stat st;
	int r;

	if (stat(path, &st))
		return -errno;
	r = judge_type(&st);
	if (r)
		return r;
	if (S_ISBLK(st.st_mode) && !(flags & ENGINE_SHARED))
		mode |= O_EXCL;
	f->fd = open(path, mode | O_NONBLOCK);
	if (f->fd < 0)
		return -errno;
	if (fstat(f->fd, &st))
		return -errno;
	r = judge_type(&st);
	return r ? r : take_size(f, &st, flags);
}

int engine_open(struct engine **e, const char *path, unsigned flags)
{
	struct engine_file *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	f->engine.ops = &file_ops;
	f->fd = -1;
	r = open_fd(f, path, flags);
	if (!r) {
		*e = &f->engine;
		return 0;
	}
	if (f->fd >= 0)
		close(f->fd);
	free(f);
	return r;
}
