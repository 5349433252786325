/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * can - what files of the current directory can do, which depends on the file system and
 * on the kernel.
 *
 *	can nameless	be there without a name
 *	can punch	have holes made in them
 *	can tell	tell where holes are
 *	can copy	be copied by the kernel
 *
 * Status 0 if they can, 1 if not, 2 if that cannot be found out.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PIECE = 65536, SIZE = 1 << 20 };

/* Data in the first piece, the rest is a hole. */
static int make(void)
{
	static char data[PIECE];
	char name[] = "can.XXXXXX";
	int fd = mkstemp(name);

	memset(data, 'x', sizeof(data));
	if (fd < 0 || unlink(name) || write(fd, data, PIECE) != PIECE || ftruncate(fd, SIZE))
		err(2, "%s", name);
	return fd;
}

static bool nameless(void)
{
	return open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) >= 0;
}

static bool punch(void)
{
	return !fallocate(make(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PIECE);
}

static bool tell(void)
{
	off_t hole = lseek(make(), 0, SEEK_HOLE);

	return hole >= PIECE && hole < SIZE;
}

static bool copy(void)
{
	int from = make(), to = make();
	off_t at = 0;
	struct file_clone_range range = { .src_fd = from, .src_length = PIECE };

	return copy_file_range(from, &at, to, NULL, PIECE, 0) > 0 ||
	       !ioctl(to, FICLONERANGE, &range);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*can)(void);
	} questions[] = {
		{ "nameless", nameless }, { "punch", punch }, { "tell", tell }, { "copy", copy },
	};

	for (size_t i = 0; argc == 2 && i < sizeof(questions) / sizeof(*questions); i++)
		if (!strcmp(argv[1], questions[i].name))
			return !questions[i].can();
	errx(2, "usage: can nameless|punch|tell|copy");
}
