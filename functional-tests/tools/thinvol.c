/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thinvol - the bytes that a thin device reads as, by the XML of its mappings
 * and the pool's data, without any of the code under test.
 *
 *	thinvol DATA VOLUME <XML	writes VOLUME, which must have its size
 *	thinvol fill DATA SIZE SEED	makes data: noise, zeroes, text, by block of 4 KiB
 *
 * The XML is one device's, as "thin_dump --expand --dev-id" writes it.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_file(const char *name, int flags)
{
	int fd = open(name, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		err(1, "%s", name);
	return fd;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

/* Runs of 64 KiB of each kind, so that some data blocks are all zeroes. */
static void fill(const char *name, uint64_t size, uint64_t seed)
{
	static uint64_t page[512];
	int fd = open_file(name, O_WRONLY | O_CREAT | O_TRUNC);

	if (ftruncate(fd, (off_t)size))
		err(1, "%s", name);
	for (uint64_t at = 0; at + sizeof(page) <= size; at += sizeof(page)) {
		uint64_t kind = mix(seed + at / 65536) % 4;

		if (kind == 0)
			continue;
		for (unsigned i = 0; i < 512; i++)
			page[i] = kind == 1 ? mix(seed + at + i) : 0x2065736e65736e6f + at;
		if (pwrite(fd, page, sizeof(page), (off_t)at) != sizeof(page))
			err(1, "%s", name);
	}
	close(fd);
}

static uint64_t attribute(const char *line, const char *name, bool *found)
{
	char with[64];
	const char *at;

	snprintf(with, sizeof(with), " %s=\"", name);
	at = strstr(line, with);
	*found = at;
	return at ? strtoull(at + strlen(with), NULL, 10) : 0;
}

static void copy(int from, int to, uint64_t begin, uint64_t data, uint64_t length, uint64_t size)
{
	static char buffer[65536];

	for (uint64_t at = 0; at < length; at += sizeof(buffer)) {
		size_t n = sizeof(buffer);

		if (begin + at >= size)
			return;
		if (n > size - begin - at)
			n = (size_t)(size - begin - at);
		if (pread(from, buffer, n, (off_t)(data + at)) != (ssize_t)n)
			errx(1, "the data ends before its mappings");
		if (pwrite(to, buffer, n, (off_t)(begin + at)) != (ssize_t)n)
			err(1, "writing");
	}
}

int main(int argc, char **argv)
{
	uint64_t block = 0;
	char line[1024];
	struct stat st;
	int from, to;

	if (argc == 5 && !strcmp(argv[1], "fill")) {
		fill(argv[2], strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10));
		return 0;
	}
	if (argc != 3)
		errx(1, "usage: thinvol DATA VOLUME <XML");
	from = open_file(argv[1], O_RDONLY);
	to = open_file(argv[2], O_RDWR);
	if (fstat(to, &st))
		err(1, "%s", argv[2]);
	while (fgets(line, sizeof(line), stdin)) {
		uint64_t begin, data, length = 1;
		bool found;

		if (strstr(line, "<superblock"))
			block = attribute(line, "data_block_size", &found) * 512;
		begin = attribute(line, "origin_block", &found);
		if (found) {
			data = attribute(line, "data_block", &found);
		} else {
			begin = attribute(line, "origin_begin", &found);
			if (!found)
				continue;
			data = attribute(line, "data_begin", &found);
			length = attribute(line, "length", &found);
		}
		copy(from, to, begin * block, data * block, length * block, (uint64_t)st.st_size);
	}
	return 0;
}
