/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/discard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/units.h"

enum {
	SECTOR = 512,
};

/* A number of sysfs about the device @id.  False if there is none. */
static bool read_attribute(dev_t id, const char *name, uint64_t *value)
{
	char path[128], text[32];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", major(id), minor(id), name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text));
	close(fd);
	if (len > 0 && text[len - 1] == '\n')
		len--;
	return len > 0 && !units_parse_u64(text, (size_t)len, UINT64_MAX, value);
}

/* A partition has the queue of its disk. */
static bool read_queue(dev_t id, const char *name, uint64_t *value)
{
	char path[64];

	snprintf(path, sizeof(path), "queue/%s", name);
	if (read_attribute(id, path, value))
		return true;
	snprintf(path, sizeof(path), "../queue/%s", name);
	return read_attribute(id, path, value);
}

static void device_limits(int fd, dev_t id, struct engine_discards *d)
{
	uint64_t most, granularity, alignment;
	int sector;

	d->possible = !read_queue(id, "discard_max_bytes", &most) || most;
	d->granularity = ioctl(fd, BLKSSZGET, &sector) || sector < SECTOR ?
		SECTOR : (uint64_t)sector;
	if (read_queue(id, "discard_granularity", &granularity) && granularity > d->granularity)
		d->granularity = granularity;
	if (read_attribute(id, "discard_alignment", &alignment))
		d->first = alignment % d->granularity;
}

int discard_limits(int fd, struct engine_discards *d)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	*d = (struct engine_discards){ .possible = true, .granularity = 1 };
	if (S_ISBLK(st.st_mode))
		device_limits(fd, st.st_rdev, d);
	return 0;
}

int discard_range(int fd, uint64_t offset, uint64_t len)
{
	uint64_t range[2] = { offset, len };
	struct stat st;
	int r;

	if (fstat(fd, &st))
		return -errno;
	do {
		r = S_ISBLK(st.st_mode) ? ioctl(fd, BLKDISCARD, range) :
			fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
				  (off_t)len);
	} while (r && errno == EINTR);
	return r ? -errno : 0;
}
