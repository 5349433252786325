/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_extract_target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "disk.h"
#include "too_small.h"

enum {
	ZEROES = 1 << 20,
	GRAIN = 4096,		/* zeroes of this size become holes */
};

static int say(const struct extract_target *t, const char *text)
{
	tool_say(&thin_extract_tool, t->name, "%s", text);
	return -EUCLEAN;
}

static int open_device(struct extract_target *t, uint64_t size)
{
	struct too_small small = { .wanted = size };
	struct disk d;
	int r = disk_open(&d, &thin_extract_tool, t->name, O_RDWR | O_EXCL);

	t->kind = EXTRACT_DEVICE;
	t->fd = d.fd;
	small.found = d.size;
	return r || d.size >= size ? r : too_small_say(&thin_extract_tool, t->name, &small);
}

/* What is no regular file is written as it comes. */
static int open_file(struct extract_target *t)
{
	int r = new_file_open(&t->file, &thin_extract_tool, t->name, 0666);

	t->kind = *t->file.temporary ? EXTRACT_FILE : EXTRACT_PIPE;
	t->name = t->file.path;
	t->fd = t->file.fd;
	if (!r && new_file_is_terminal(&t->file))
		return -EUCLEAN;
	return r ? r : new_file_begin(&t->file);
}

int extract_target_open(struct extract_target *t, const struct extract_request *q, uint64_t size,
			uint64_t begin)
{
	struct stat st;
	bool is_there = strcmp(q->output, "-") && !stat(q->output, &st);

	*t = (struct extract_target){
		.name = q->output, .fd = -1, .begin = begin, .file = { .fd = -1 },
	};
	t->zeroes = calloc(1, ZEROES);
	if (!t->zeroes)
		return say(t, strerror(ENOMEM));
	if (is_there && !q->force && S_ISBLK(st.st_mode))
		return say(t, "is a block device, which --force is needed to overwrite");
	if (is_there && !q->force && S_ISREG(st.st_mode))
		return say(t, "is there already, which --force is needed to replace");
	return is_there && S_ISBLK(st.st_mode) ? open_device(t, size) : open_file(t);
}

static int write_all(struct extract_target *t, const void *data, size_t len, uint64_t offset)
{
	return t->kind == EXTRACT_PIPE ? fdio_write(t->fd, data, len) :
					 fdio_write_at(t->fd, data, len, offset - t->begin);
}

/* The length of the stretch at @data that is, or is not, zeroes. */
static size_t stretch(const struct extract_target *t, const char *data, size_t len, bool *is_zero)
{
	size_t at = 0, n;

	for (; at < len; at += n) {
		bool zero;

		n = len - at < GRAIN ? len - at : GRAIN;
		zero = !memcmp(data + at, t->zeroes, n);
		if (!at)
			*is_zero = zero;
		else if (zero != *is_zero)
			break;
	}
	return at;
}

int extract_target_data(struct extract_target *t, uint64_t offset, const void *data, size_t len)
{
	const char *from = data;
	bool is_zero = false;
	size_t n;
	int r = 0;

	if (t->kind != EXTRACT_FILE)
		return write_all(t, data, len, offset);
	for (; len && !r; from += n, len -= n, offset += n) {
		n = stretch(t, from, len, &is_zero);
		r = is_zero ? 0 : write_all(t, from, n, offset);
	}
	return r;
}

int extract_target_zero(struct extract_target *t, uint64_t offset, uint64_t len)
{
	int r = 0;
	size_t n;

	if (t->kind == EXTRACT_FILE || !len)
		return 0;
	if (t->kind == EXTRACT_DEVICE &&
	    !fallocate(t->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		       (off_t)(offset - t->begin), (off_t)len))
		return 0;
	for (; len && !r; len -= n, offset += n) {
		n = len < ZEROES ? (size_t)len : ZEROES;
		r = write_all(t, t->zeroes, n, offset);
	}
	return r;
}

int extract_target_keep(struct extract_target *t, uint64_t size)
{
	if (t->kind == EXTRACT_FILE && ftruncate(t->fd, (off_t)size))
		return say(t, strerror(errno));
	if (t->kind == EXTRACT_DEVICE && fsync(t->fd))
		return say(t, strerror(errno));
	return t->kind == EXTRACT_DEVICE ? 0 : new_file_keep(&t->file, true);
}

int extract_target_close(struct extract_target *t, int r)
{
	if (t->kind == EXTRACT_DEVICE && t->fd >= 0)
		close(t->fd);
	free(t->zeroes);
	t->zeroes = NULL;
	t->fd = -1;
	return new_file_end(&t->file, r);
}
