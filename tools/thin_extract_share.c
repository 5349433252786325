/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_extract_share.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meta/format.h"

void extract_share_open(struct extract_share *s, const char *data,
			const struct extract_target *t)
{
	struct stat st;

	*s = (struct extract_share){ .fd = -1 };
	if (t->kind != EXTRACT_FILE)
		return;
	s->fd = open(data, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (s->fd < 0 || fstat(s->fd, &st) || !S_ISREG(st.st_mode))
		return;
	s->clones = true;
	s->copies = st.st_blocks < st.st_size / META_SECTOR_SIZE;
}

void extract_share_close(struct extract_share *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void extract_share_announce(const struct extract_share *s, uint64_t data, size_t len)
{
	if (s->copies && !s->clones)
		posix_fadvise(s->fd, (off_t)data, (off_t)len, POSIX_FADV_WILLNEED);
}

/* Whatever it says, the other ways will say it again if it matters. */
static bool clone(struct extract_share *s, int to, uint64_t at, uint64_t from, uint64_t len)
{
	struct file_clone_range range = {
		.src_fd = s->fd, .src_offset = from, .src_length = len, .dest_offset = at,
	};

	/* No length would mean all that follows. */
	s->clones = s->clones && (!len || !ioctl(to, FICLONERANGE, &range));
	return s->clones;
}

static bool copy(struct extract_share *s, int to, uint64_t at, uint64_t from, uint64_t len)
{
	off_t in = (off_t)from, out = (off_t)at;

	while (len && s->copies) {
		ssize_t n = copy_file_range(s->fd, &in, to, &out, (size_t)len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			s->copies = false;
		else
			len -= (uint64_t)n;
	}
	return s->copies;
}

/* Where the next data is, and where it ends; false if that is not known. */
static bool find_data(const struct extract_share *s, uint64_t at, uint64_t limit, uint64_t *begin,
		      uint64_t *end)
{
	off_t data = lseek(s->fd, (off_t)at, SEEK_DATA), hole;

	if (data < 0 && errno != ENXIO)
		return false;
	*begin = *end = limit;
	if (data < 0 || (uint64_t)data >= limit)
		return true;
	hole = lseek(s->fd, data, SEEK_HOLE);
	if (hole <= data)
		return false;
	*begin = (uint64_t)data;
	*end = (uint64_t)hole < limit ? (uint64_t)hole : limit;
	return true;
}

bool extract_share_piece(struct extract_share *s, const struct extract_target *t,
			 uint64_t offset, uint64_t data, size_t len)
{
	uint64_t limit = data + len, begin, end;
	struct stat st;

	/* Behind the end of the file there is no hole, but an error to be told. */
	if (!extract_share_works(s) || fstat(s->fd, &st) || limit > (uint64_t)st.st_size)
		return false;
	for (uint64_t at = data; at < limit; at = end) {
		uint64_t to;

		if (!find_data(s, at, limit, &begin, &end))
			return false;
		to = offset - t->begin + (begin - data);
		if (!clone(s, t->fd, to, begin, end - begin) &&
		    !copy(s, t->fd, to, begin, end - begin))
			return false;
	}
	return true;
}
