/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_receive_target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "disk.h"
#include "meta/format.h"
#include "thin_receive_thin.h"
#include "too_small.h"

static int take(struct receive_target *t, const struct disk *d, const struct receive_access *how)
{
	struct too_small small = { .found = d->size, .wanted = how->size, .is_least = true };

	t->fd = d->fd;
	t->is_block = d->is_block;
	t->size = t->zero_from = d->size;
	if (!t->is_block)
		return !how->write || !flock(t->fd, LOCK_EX | LOCK_NB) ? 0 :
			tool_say_cannot_open(&thin_receive_tool, t->name, -EBUSY, "", "");
	receive_thin_look(t, d->dev);
	return t->size >= how->size ? 0 : too_small_say(&thin_receive_tool, t->name, &small);
}

int receive_target_open(struct receive_target *t, const char *path,
			const struct receive_access *how)
{
	int flags = how->write ? O_RDWR : O_RDONLY, r;
	bool is_missing = access(path, F_OK) && errno == ENOENT;
	struct disk d;

	*t = (struct receive_target){ .name = path, .fd = -1 };
	t->buffer = alloc_blocks(RECEIVE_PIECE / META_BLOCK_SIZE);
	if (!t->buffer)
		return -ENOMEM;
	if (is_missing && !how->create) {
		tool_say(&thin_receive_tool, path, "%s; what a stream changes must be there",
			 strerror(ENOENT));
		return -EUCLEAN;
	}
	if (is_missing)
		flags |= O_CREAT;
	r = disk_open(&d, &thin_receive_tool, path, flags | (how->write ? O_EXCL : 0));
	t->created = !r && is_missing;
	return r ? r : take(t, &d, how);
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
		size_t len = RECEIVE_PIECE;

		if (len > end - position)
			len = (size_t)(end - position);
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
		len = last - position < RECEIVE_PIECE ? (size_t)(last - position) : RECEIVE_PIECE;
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
