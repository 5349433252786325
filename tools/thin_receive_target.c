/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_receive_target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/units.h"
#include "dm.h"
#include "meta/format.h"
#include "tool.h"

#define PIECE (1u << 20)

static int refuse(const struct receive_target *t, int error)
{
	if (error == EBUSY)
		tool_say(&thin_receive_tool, t->name, "%s: it is mounted, or the kernel or "
			 "another program holds it", strerror(EBUSY));
	else
		tool_say(&thin_receive_tool, t->name, "%s%s", strerror(error), error == ENOENT ?
			 "; what a stream changes must be there" : "");
	return -EUCLEAN;
}

static void look_at_pool(struct receive_target *t, struct dm *dm, const char *params)
{
	struct dm_target pool;
	struct dm_device d;
	uint64_t sectors;
	dev_t dev;

	if (!dm_parse_number(params, &dev) || dm_find_number(dm, dev, &d) ||
	    dm_table(dm, &d, false, &pool) || strcmp(pool.type, "thin-pool"))
		return;
	if (sscanf(pool.params, "%*s %*s %" SCNu64, &sectors) != 1)
		return;
	t->thin_block = sectors * META_SECTOR_SIZE;
	t->pad = strstr(pool.params, " skip_block_zeroing");
}

/* A thin device knows behind which sector nothing is mapped. */
static void look_at_thin(struct receive_target *t, dev_t dev)
{
	struct dm_device d;
	struct dm_target target;
	uint64_t mapped, highest;
	struct dm dm;
	int r = dm_init(&dm);

	if (!r)
		r = dm_find_number(&dm, dev, &d);
	if (!r)
		r = dm_table(&dm, &d, false, &target);
	if (!r && target.nr == 1 && !strcmp(target.type, "thin")) {
		const char *origin = strchr(target.params, ' ');

		/* Behind "POOL ID" there may be an external origin. */
		if (origin && !strchr(origin + 1, ' '))
			look_at_pool(t, &dm, target.params);
	}
	if (t->thin_block && !dm_table(&dm, &d, true, &target)) {
		if (sscanf(target.params, "%" SCNu64 " %" SCNu64, &mapped, &highest) == 2)
			t->zero_from = (highest + 1) * META_SECTOR_SIZE;
		else if (!strncmp(target.params, "0 -", 3))
			t->zero_from = 0;
	}
	dm_exit(&dm);
}

static int judge_size(const struct receive_target *t, const struct receive_access *access)
{
	char has[UNITS_TEXT_MAX], wanted[UNITS_TEXT_MAX];

	if (!t->is_block || t->size >= access->size)
		return 0;
	tool_say(&thin_receive_tool, t->name, "is too small: has %" PRIu64 " bytes (%s), wanted "
		 "at least %" PRIu64 " (%s)", t->size, units_bytes(t->size, has), access->size,
		 units_bytes(access->size, wanted));
	return -EUCLEAN;
}

static int take_kind(struct receive_target *t, const struct receive_access *access)
{
	struct stat st;

	if (fstat(t->fd, &st))
		return refuse(t, errno);
	t->is_block = S_ISBLK(st.st_mode);
	if (!t->is_block && !S_ISREG(st.st_mode)) {
		tool_say(&thin_receive_tool, t->name,
			 "wanted a block device or a regular file");
		return -EUCLEAN;
	}
	t->size = t->zero_from = (uint64_t)st.st_size;
	if (!t->is_block)
		return access->write && flock(t->fd, LOCK_EX | LOCK_NB) ? refuse(t, EBUSY) : 0;
	if (ioctl(t->fd, BLKGETSIZE64, &t->size))
		return refuse(t, errno);
	t->zero_from = t->size;
	look_at_thin(t, st.st_rdev);
	return judge_size(t, access);
}

int receive_target_open(struct receive_target *t, const char *path,
			const struct receive_access *access)
{
	int flags = (access->write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK;
	struct stat st;
	int r;

	*t = (struct receive_target){ .name = path, .fd = -1 };
	t->buffer = alloc_blocks(PIECE / META_BLOCK_SIZE);
	if (!t->buffer)
		return -ENOMEM;
	r = stat(path, &st);
	if (!r && S_ISBLK(st.st_mode) && access->write)
		flags |= O_EXCL;
	if (!r && S_ISDIR(st.st_mode)) {
		tool_say(&thin_receive_tool, path, "is a directory, wanted a block device or a "
			 "regular file");
		return -EUCLEAN;
	}
	if (r && errno == ENOENT && access->create) {
		flags |= O_CREAT | O_EXCL;
		t->created = true;
	}
	t->fd = open(path, flags, 0600);
	if (t->fd < 0)
		return refuse(t, errno);
	return take_kind(t, access);
}

int receive_target_close(struct receive_target *t)
{
	int r = 0;

	if (t->fd >= 0) {
		if (t->created && !t->written)
			unlink(t->name);
		r = close(t->fd) ? -errno : 0;
	}
	free(t->buffer);
	return r;
}

int receive_target_read(struct receive_target *t, uint64_t position, void *data, size_t len)
{
	size_t got;
	int r = fdio_read_at(t->fd, data, len, position, &got);

	if (r || got == len)
		return r;
	if (t->is_block)
		return -EIO;
	memset((char *)data + got, 0, len - got);
	return 0;
}

static int write_at(struct receive_target *t, uint64_t position, const void *data, size_t len)
{
	t->written = true;
	if (position + len > t->size && !t->is_block)
		t->size = position + len;
	if (position + len > t->zero_from)
		t->zero_from = position + len;
	return fdio_write_at(t->fd, data, len, position);
}

/* Writes what is there, so that it stays when its block is mapped. */
static int rewrite(struct receive_target *t, uint64_t position, uint64_t end)
{
	int r = 0;

	while (!r && position < end) {
		size_t len = end - position < PIECE ? (size_t)(end - position) : PIECE;

		r = receive_target_read(t, position, t->buffer, len);
		if (!r)
			r = write_at(t, position, t->buffer, len);
		position += len;
	}
	return r;
}

/* What is written first is what is beside it: then its block is no longer new. */
static int pad(struct receive_target *t, uint64_t position, uint64_t end)
{
	uint64_t first = position / t->thin_block * t->thin_block;
	uint64_t last = (end + t->thin_block - 1) / t->thin_block * t->thin_block;
	uint64_t zero_from = t->zero_from;
	int r = 0;

	last = last < t->size ? last : t->size;
	if (first >= t->padded_end)
		r = rewrite(t, first, position);
	if (!r && last > t->padded_end)
		r = rewrite(t, end, last);
	t->padded_end = last > t->padded_end ? last : t->padded_end;
	t->zero_from = zero_from > last ? zero_from : last;
	return r;
}

int receive_target_write(struct receive_target *t, uint64_t position, const void *data,
			 size_t len)
{
	int r = t->pad ? pad(t, position, position + len) : 0;

	return r ? r : write_at(t, position, data, len);
}

static bool is_zero(const char *p, size_t len, size_t *at)
{
	static const char zeroes[4096];

	for (*at = 0; *at < len; *at += sizeof(zeroes)) {
		size_t n = len - *at < sizeof(zeroes) ? len - *at : sizeof(zeroes);

		if (!memcmp(p + *at, zeroes, n))
			continue;
		while (!p[*at])
			++*at;
		return false;
	}
	return true;
}

/* Steps over the holes of a file. */
static uint64_t skip_hole(const struct receive_target *t, uint64_t position, uint64_t end)
{
	off_t data;

	if (t->is_block)
		return position;
	data = lseek(t->fd, (off_t)position, SEEK_DATA);
	if (data < 0)
		return errno == ENXIO ? end : position;
	return (uint64_t)data < end ? (uint64_t)data : end;
}

int receive_target_find_data(struct receive_target *t, uint64_t position, uint64_t end,
			     uint64_t *found)
{
	uint64_t last = end < t->zero_from ? end : t->zero_from;

	*found = end;
	while (position < last) {
		size_t len, at;
		int r;

		position = skip_hole(t, position, last);
		len = last - position < PIECE ? (size_t)(last - position) : PIECE;
		r = receive_target_read(t, position, t->buffer, len);
		if (r)
			return r;
		if (!is_zero(t->buffer, len, &at)) {
			*found = position + at;
			return 0;
		}
		position += len;
	}
	return 0;
}

static int write_zeroes(struct receive_target *t, uint64_t position, uint64_t length)
{
	static const char zeroes[65536];
	uint64_t range[2] = { position, length };
	int r = 0;

	t->written = true;
	/* The kernel knows nothing of what has to be filled up. */
	if (t->is_block && !t->pad && !ioctl(t->fd, BLKZEROOUT, range))
		return 0;
	while (!r && length) {
		size_t len = length < sizeof(zeroes) ? (size_t)length : sizeof(zeroes);

		r = receive_target_write(t, position, zeroes, len);
		position += len;
		length -= len;
	}
	return r;
}

/*
 * Whole blocks only: the kernel leaves others alone, but would forget what was
 * written there and has not come to the disk.
 */
static void discard(struct receive_target *t, uint64_t position, uint64_t end)
{
	uint64_t block = t->thin_block;
	uint64_t begin = (position + block - 1) / block * block;
	uint64_t range[2] = { begin, end == t->size ? end - begin : end / block * block - begin };

	if (begin + range[1] <= begin || begin >= end)
		return;
	t->written = true;
	(void)ioctl(t->fd, BLKDISCARD, range);
}

/* What is not mapped can be left alone; what is left of data is overwritten. */
static int zero_block(struct receive_target *t, uint64_t position, uint64_t end)
{
	uint64_t found;
	int r = 0;

	if (t->thin_block)
		discard(t, position, end);
	while (!r && position < end) {
		r = receive_target_find_data(t, position, end, &found);
		if (r || found == end)
			return r;
		position = found / PIECE * PIECE > position ? found / PIECE * PIECE : position;
		found = end - position < PIECE ? end : position + PIECE;
		r = write_zeroes(t, position, found - position);
		position = found;
	}
	return r;
}

int receive_target_zero(struct receive_target *t, uint64_t position, uint64_t length)
{
	uint64_t last = t->is_block ? t->zero_from : t->size;
	uint64_t end = position + length < last ? position + length : last;

	if (position >= end)
		return 0;
	if (t->is_block)
		return zero_block(t, position, end);
	t->written = true;
	if (!fallocate(t->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)position,
		       (off_t)(end - position)))
		return 0;
	return write_zeroes(t, position, end - position);
}

int receive_target_sync(struct receive_target *t)
{
	if (fdatasync(t->fd))
		return -errno;
	(void)posix_fadvise(t->fd, 0, 0, POSIX_FADV_DONTNEED);
	return 0;
}

int receive_target_resize(struct receive_target *t, uint64_t size)
{
	t->created = false;
	if (t->is_block || size == t->size)
		return 0;
	t->written = true;
	if (ftruncate(t->fd, (off_t)size))
		return -errno;
	t->size = t->zero_from = size;
	return 0;
}
