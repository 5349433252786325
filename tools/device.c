/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens metadata for a tool, and says in words what is wrong with what the
 * user named.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/le.h"
#include "meta/format.h"
#include "pdata/pack_format.h"
#include "tool.h"

#define CACHE_MAGIC	6142003ull
#define ERA_MAGIC	2126579579ull

/* stat() gives the words for everything that opening may refuse. */
static const char *kind_of(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return "nothing";
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a pipe";
	case S_IFBLK:
		return "a block device";
	case S_IFCHR:
		return "a character device";
	case S_IFSOCK:
		return "a socket";
	}
	return "of an unknown kind";
}

int tool_say_cannot_open(const struct tool *tool, const char *path, int r, const char *wanted,
			 const char *next)
{
	if (r == -EISDIR || r == -ENOTBLK)
		tool_say(tool, path, "is %s, wanted %s", kind_of(path), wanted);
	else if (r == -EBUSY)
		tool_say(tool, path, "%s: the kernel, a mount or another program holds it%s",
			 strerror(EBUSY), next);
	else
		tool_say(tool, path, "%s", strerror(-r));
	return -EUCLEAN;
}

bool tool_is_no_file(const struct tool *tool, const char *path, bool may_be_block,
		     const char *wanted)
{
	struct stat st;

	if (!path || stat(path, &st) ||
	    !(S_ISDIR(st.st_mode) || S_ISSOCK(st.st_mode) ||
	      (S_ISBLK(st.st_mode) && !may_be_block)))
		return false;
	tool_say(tool, path, "is %s, wanted %s", kind_of(path), wanted);
	return true;
}

static int say_cannot_open(const struct tool *tool, const char *path, int r)
{
	return tool_say_cannot_open(tool, path, r, "a block device or a regular file",
		tool->is_offline ? "; deactivate the pool first" :
		"; deactivate the pool first, or read a metadata snapshot with -m: "
		"\"dmsetup message POOL 0 reserve_metadata_snap\" before and "
		"\"dmsetup message POOL 0 release_metadata_snap\" afterwards");
}

static bool looks_like_xml(const char *data, size_t len)
{
	size_t i = len > 2 && !memcmp(data, "\357\273\277", 3) ? 3 : 0;

	while (i < len && memchr(" \t\r\n", data[i], 4))
		i++;
	return len - i > 11 && (!memcmp(data + i, "<superblock", 11) ||
				!memcmp(data + i, "<?xml", 5) || !memcmp(data + i, "<!--", 4));
}

/* Reads the first block; fewer bytes if there are no more. */
static ssize_t read_start(const char *path, char start[META_BLOCK_SIZE])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	memset(start, 0, META_BLOCK_SIZE);
	if (fd < 0)
		return -errno;
	/* An unreadable start is for the reader to report, with its block. */
	n = pread(fd, start, META_BLOCK_SIZE, 0);
	close(fd);
	return n > 0 ? n : 0;
}

bool tool_is_xml(const char *path)
{
	_Alignas(8) char start[META_BLOCK_SIZE];
	ssize_t n = read_start(path, start);

	return n > 0 && looks_like_xml(start, (size_t)n);
}

bool tool_has_metadata(const char *path)
{
	_Alignas(8) char start[META_BLOCK_SIZE];
	const struct thin_sb_disk *d = (const void *)start;
	ssize_t n = read_start(path, start);
	uint64_t magic = le64_to_cpu(d->magic);

	return n == META_BLOCK_SIZE &&
		(magic == THIN_SB_MAGIC || magic == CACHE_MAGIC || magic == ERA_MAGIC);
}

/*
 * For what is plainly something else; anything doubtful is for the checks.  If XML is
 * wanted, @next is what to do about metadata; else NULL.
 */
static int judge_content(const struct tool *tool, const char *path, const char *data, bool is_xml,
			 bool any, const char *next)
{
	const struct thin_sb_disk *d = (const void *)data;
	uint64_t magic = le64_to_cpu(d->magic);
	const char *wanted = next ? "XML" : "binary metadata";

	if (is_xml || le64_to_cpu(*(const __le64 *)data) == PACK_MAGIC) {
		tool_say(tool, path, "is %s, wanted %s; "
			 "\"thin_%s -i %s -o OUTPUT\" makes metadata of it",
			 is_xml ? "XML" : "packed", wanted,
			 is_xml ? "restore" : "metadata_unpack", next ? "THIS" : path);
		return -EUCLEAN;
	}
	if (next && magic == THIN_SB_MAGIC) {
		tool_say(tool, path, "is binary metadata, wanted %s; %s", wanted, next);
		return -EUCLEAN;
	}
	if (!any && (magic == CACHE_MAGIC || magic == ERA_MAGIC)) {
		tool_say(tool, path, "is %s metadata, wanted thin metadata; use %s",
			 magic == CACHE_MAGIC ? "dm-cache" : "dm-era",
			 magic == CACHE_MAGIC ? "cache_check, cache_dump, ..." :
						"era_check, era_dump, ...");
		return -EUCLEAN;
	}
	return 0;
}

static int judge(const struct tool *tool, const char *path, const struct engine *e, bool any)
{
	_Alignas(8) char start[META_BLOCK_SIZE];
	uint64_t size = engine_size(e);
	ssize_t n = read_start(path, start);

	if (n < 0)
		return say_cannot_open(tool, path, (int)n);
	if (judge_content(tool, path, start, looks_like_xml(start, (size_t)n), any, NULL))
		return -EUCLEAN;
	if (size < META_BLOCK_SIZE) {
		tool_say(tool, path, "has %llu bytes, wanted at least one block of %u",
			 (unsigned long long)size, META_BLOCK_SIZE);
		return -EUCLEAN;
	}
	return 0;
}

int tool_want_xml(const struct tool *tool, const char *name, int fd, const char *next)
{
	_Alignas(8) char start[META_BLOCK_SIZE] = "";

	return pread(fd, start, META_BLOCK_SIZE, 0) > 0 &&
	       judge_content(tool, name, start, false, false, next) ? -EUCLEAN : 0;
}

bool tool_find_loop(const char *path, char device[32])
{
	char name[64], backing[4096];
	bool found = false;
	FILE *f;

	for (int i = 0; i < 64 && !found; i++) {
		snprintf(name, sizeof(name), "/sys/block/loop%d/loop/backing_file", i);
		f = fopen(name, "re");
		if (!f)
			continue;
		if (fgets(backing, sizeof(backing), f)) {
			backing[strcspn(backing, "\n")] = '\0';
			found = tool_is_same_file(path, backing);
		}
		fclose(f);
		snprintf(device, 32, "/dev/loop%d", i);
	}
	return found;
}

/* A file below a loop device is not protected from what uses the device. */
static void warn_of_loop(const struct tool *tool, const char *path)
{
	char device[32];

	if (tool_find_loop(path, device))
		tool_say(tool, path, "warning: %s uses this file", device);
}

static int open_and_judge(const struct tool *tool, const char *path, unsigned flags, bool any,
			  struct engine **e)
{
	int r = engine_open(e, path, flags);

	if (r)
		return say_cannot_open(tool, path, r);
	if (!(flags & ENGINE_SHARED))
		warn_of_loop(tool, path);
	r = judge(tool, path, *e, any);
	if (r) {
		engine_close(*e);
		*e = NULL;
	}
	return r;
}

int tool_open(const struct tool *tool, const char *path, unsigned flags, struct engine **e)
{
	return open_and_judge(tool, path, flags, false, e);
}

int tool_open_any(const struct tool *tool, const char *path, struct engine **e)
{
	return open_and_judge(tool, path, ENGINE_READ, true, e);
}

/* An output is only as good as its place and size; its content is to go. */
int tool_open_output(const struct tool *tool, const char *path, struct engine **e)
{
	int r = engine_open(e, path, ENGINE_WRITE | ENGINE_DIRECT);

	if (r == -ENOENT) {
		tool_say(tool, path, "%s; an output must exist and be large enough, as with "
			 "\"truncate -s 16M FILE\"", strerror(ENOENT));
		return -EUCLEAN;
	}
	if (r)
		return tool_say_cannot_open(tool, path, r, "a block device or a regular file",
					    "; deactivate the pool first");
	warn_of_loop(tool, path);
	return 0;
}

bool tool_is_same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	if (stat(a, &sa) || stat(b, &sb))
		return false;
	if (S_ISBLK(sa.st_mode) && S_ISBLK(sb.st_mode))
		return sa.st_rdev == sb.st_rdev;
	return sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

bool tool_is_taken(const struct tool *tool, const char *path, const char *other,
		   const char *what)
{
	if (!path || !other || !tool_is_same_file(path, other))
		return false;
	tool_say(tool, path, "is %s as well, wanted another device or file", what);
	return true;
}
