/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * twin - changes a thin device and a file alike, so that the file tells later what
 * the device must read as.
 *
 *	twin DEVICE FILE SEED COUNT
 *
 * COUNT changes that SEED determines: writes of up to 256 KiB anywhere, writes of
 * whole blocks of 64 KiB, and discards of such blocks, which read as zeroes then.
 * Both are on the disk when it ends.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PAGE = 4096, CHUNK = 65536, MAX = 1 << 20 };

static uint64_t state;

static uint64_t next(void)
{
	uint64_t x = state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* Units of @unit bytes: where, and how many, at most @most; all below @size. */
static void place(uint64_t size, uint64_t unit, uint64_t most, uint64_t *from, uint64_t *len)
{
	uint64_t units = size / unit;
	uint64_t at = next() % units, nr = 1 + next() % most;

	*from = at * unit;
	*len = (nr < units - at ? nr : units - at) * unit;
}

static void put(int fd, const char *name, const uint8_t *buffer, uint64_t from, uint64_t len)
{
	if (pwrite(fd, buffer, len, (off_t)from) != (ssize_t)len)
		err(1, "%s: %llu bytes at %llu", name, (unsigned long long)len,
		    (unsigned long long)from);
}

static void change(int device, int file, char **names, uint64_t size, uint8_t *buffer)
{
	unsigned int kind = next() % 8;
	uint64_t range[2], i;

	if (kind < 5)
		place(size, PAGE, 64, &range[0], &range[1]);
	else
		place(size, CHUNK, kind < 7 ? 4 : 16, &range[0], &range[1]);
	if (kind == 7) {
		memset(buffer, 0, range[1]);
		if (ioctl(device, BLKDISCARD, range))
			err(1, "%s: discard", names[0]);
	} else {
		for (i = 0; i < range[1] / sizeof(i); i++)
			((uint64_t *)buffer)[i] = next();
		put(device, names[0], buffer, range[0], range[1]);
	}
	put(file, names[1], buffer, range[0], range[1]);
}

int main(int argc, char **argv)
{
	uint64_t size, count;
	uint8_t *buffer;
	int device, file;

	if (argc != 5)
		errx(1, "usage: twin DEVICE FILE SEED COUNT");
	device = open(argv[1], O_RDWR | O_DIRECT);
	file = open(argv[2], O_RDWR);
	if (device < 0 || file < 0 || ioctl(device, BLKGETSIZE64, &size))
		err(1, "%s, %s", argv[1], argv[2]);
	if (posix_memalign((void **)&buffer, PAGE, MAX))
		errx(1, "no memory");
	state = strtoull(argv[3], NULL, 10);
	for (count = strtoull(argv[4], NULL, 10); count; count--)
		change(device, file, argv + 1, size, buffer);
	if (fsync(device) || fsync(file))
		err(1, "fsync");
	free(buffer);
	return 0;
}
