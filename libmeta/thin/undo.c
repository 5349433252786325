/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/crc32c.h"
#include "base/fdio.h"

enum { BATCH = 256 };		/* blocks in one request: 1 MiB */

/* What is between header and blocks, in whole blocks. */
static uint64_t table_blocks(uint64_t nr)
{
	return (nr * sizeof(struct undo_entry_disk) + META_BLOCK_SIZE - 1) / META_BLOCK_SIZE;
}

static uint64_t offset_of(uint64_t nr, uint64_t i)
{
	return (1 + table_blocks(nr) + i) * META_BLOCK_SIZE;
}

/* How many blocks from @i on follow each other on the device, BATCH at most. */
static size_t run_at(const struct plan *p, size_t i)
{
	size_t nr = 1;

	while (nr < BATCH && i + nr < p->nr &&
	       p->blocks[i + nr].where == p->blocks[i].where + nr)
		nr++;
	return nr;
}

static void fill_entry(struct undo_entry_disk *d, const struct plan_block *b, const void *old)
{
	d->where = cpu_to_le64(b->where);
	d->old_sum = cpu_to_le32(crc32c(~0u, old, META_BLOCK_SIZE));
	for (unsigned i = 0; i < PLAN_SECTORS; i++)
		d->sums[i] = cpu_to_le32(b->sums[i]);
}

/* Writes the old blocks and fills the table on the way. */
static int put_blocks(int fd, const struct plan *p, struct undo_entry_disk *table,
		      bool *of_device)
{
	char *buffer = alloc_blocks(BATCH);
	int r = buffer ? 0 : -ENOMEM;

	for (size_t i = 0, nr; i < p->nr && !r; i += nr) {
		nr = run_at(p, i);
		r = engine_read(p->below, buffer, p->blocks[i].where, nr);
		if (r) {
			*of_device = true;
			break;
		}
		for (size_t k = 0; k < nr; k++)
			fill_entry(&table[i + k], &p->blocks[i + k], buffer + k * META_BLOCK_SIZE);
		r = fdio_write_at(fd, buffer, nr * META_BLOCK_SIZE, offset_of(p->nr, i));
	}
	free(buffer);
	return r;
}

static uint32_t sum_of(const struct undo_header_disk *h, const void *table, uint64_t len)
{
	const size_t skip = offsetof(struct undo_header_disk, version);

	return crc32c(crc32c(~0u, (const char *)h + skip, sizeof(*h) - skip), table, len);
}

static int put_all(int fd, const struct plan *p, bool *of_device)
{
	uint64_t len = table_blocks(p->nr) * META_BLOCK_SIZE;
	struct undo_entry_disk *table = alloc_array(len, 1);
	struct undo_header_disk h = {
		.magic = UNDO_MAGIC, .version = cpu_to_le32(UNDO_VERSION),
		.device_size = cpu_to_le64(p->below->size), .nr_blocks = cpu_to_le64(p->nr),
	};
	int r = table ? put_blocks(fd, p, table, of_device) : -ENOMEM;

	if (!r) {
		h.csum = cpu_to_le32(sum_of(&h, table, len));
		r = fdio_write_at(fd, table, len, sizeof(h));
	}
	r = r ? r : fdio_write_at(fd, &h, sizeof(h), 0);
	free(table);
	return r ? r : fsync(fd) ? -errno : 0;
}

static int open_directory(const char *path, int flags)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), flags | O_CLOEXEC, 0600) : -1;

	free(copy);
	return fd;
}

/*
 * A file that has no name, and @name leads to it; or where there is no such thing, one
 * whose @name is beside @path.  -1 and errno.
 */
static int open_nameless(const char *path, char name[PATH_MAX])
{
	int fd = open_directory(path, O_TMPFILE | O_WRONLY);

	snprintf(name, PATH_MAX, "/proc/self/fd/%d", fd);
	if (fd >= 0 && !access(name, F_OK))
		return fd;
	close(fd);
	snprintf(name, PATH_MAX, "%s.%d", path, (int)getpid());
	return open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

/* No other file loses it: whether there is one comes before whether links are known. */
static bool give_name(const char *name, const char *path)
{
	return !linkat(AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW) ||
	       (errno == EPERM && !rename(name, path));
}

/* A name must be safe as well; some file systems have nothing to do there. */
static bool flush_directory(const char *path)
{
	int fd = open_directory(path, O_RDONLY | O_DIRECTORY);
	bool good = fd >= 0 && (!fsync(fd) || errno == EINVAL);

	if (fd >= 0)
		close(fd);
	return good;
}

int undo_make(const char *path, const struct plan *plan, bool *of_device)
{
	char name[PATH_MAX];
	int fd = open_nameless(path, name), r;

	*of_device = false;
	if (fd < 0)
		return -errno;
	r = put_all(fd, plan, of_device);
	if (!r && !give_name(name, path))
		r = -errno;
	else if (!r && !flush_directory(path)) {
		r = -errno;
		unlink(path);
	}
	unlink(name);
	close(fd);
	return r;
}
