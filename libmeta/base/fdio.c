/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/fdio.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* After a call that moved nothing: 0 to try again, or what it said. */
static int try_again(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	if (errno == EAGAIN && poll(&p, 1, -1) >= 0)
		return 0;
	return errno == EINTR ? 0 : -errno;
}

int fdio_writev(int fd, struct iovec *v, int nr)
{
	while (nr) {
		ssize_t n = writev(fd, v, nr);
		int r = n < 0 ? try_again(fd, POLLOUT) : 0;

		if (r)
			return r;
		/* Stretches may be empty; nothing at all of others is no progress. */
		if (!n && v->iov_len)
			return -EIO;
		for (; n >= 0 && nr && (size_t)n >= v->iov_len; v++, nr--)
			n -= (ssize_t)v->iov_len;
		if (n > 0) {
			v->iov_base = (char *)v->iov_base + n;
			v->iov_len -= (size_t)n;
		}
	}
	return 0;
}

int fdio_write(int fd, const void *data, size_t len)
{
	struct iovec v = { (void *)(uintptr_t)data, len };

	return fdio_writev(fd, &v, len != 0);
}

int fdio_write_at(int fd, const void *data, size_t len, uint64_t offset)
{
	const char *from = data;

	while (len) {
		ssize_t n = pwrite(fd, from, len, (off_t)offset);
		int r = n < 0 ? try_again(fd, POLLOUT) : n ? 0 : -EIO;

		if (r)
			return r;
		if (n < 0)
			continue;
		from += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* @at: where; NULL: where @fd is. */
static ssize_t read_some(int fd, void *to, size_t len, const off_t *at)
{
	for (;;) {
		ssize_t n = at ? pread(fd, to, len, *at) : read(fd, to, len);
		int r = n < 0 ? try_again(fd, POLLIN) : 0;

		if (n >= 0 || r)
			return n >= 0 ? n : r;
	}
}

static int read_all(int fd, char *to, size_t len, off_t *at, size_t *got)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = read_some(fd, to + done, len - done, at);

		if (n < 0)
			return (int)n;
		if (!n)
			break;
		done += (size_t)n;
		if (at)
			*at += n;
	}
	if (got)
		*got = done;
	return got || done == len ? 0 : -EIO;
}

ssize_t fdio_read_some(int fd, void *data, size_t len)
{
	return read_some(fd, data, len, NULL);
}

int fdio_read(int fd, void *data, size_t len, size_t *got)
{
	return read_all(fd, data, len, NULL, got);
}

int fdio_read_at(int fd, void *data, size_t len, uint64_t offset, size_t *got)
{
	off_t at = (off_t)offset;

	return read_all(fd, data, len, &at, got);
}
