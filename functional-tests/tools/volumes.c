/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * volumes - what the volumes of a pool read as, for tests.
 *
 *	volumes XML DATA
 *
 * XML is an expanded dump, an element a line.  Prints "ID DIGEST MAPPED" for
 * each device: the digest is of the mapped blocks, their places in the device
 * and their content in the data file, not of where it is there.  Fails if the
 * data file has no such block.
 *
 *	volumes --make DATA BLOCKS
 *
 * makes a data file of so many blocks of 64 KiB, no two of which are the same.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS = 65536 / 8 };

static uint64_t block[WORDS];

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static bool number(const char *line, const char *name, uint64_t *value)
{
	char wanted[64];
	const char *at;

	snprintf(wanted, sizeof(wanted), " %s=\"", name);
	at = strstr(line, wanted);
	if (at)
		*value = strtoull(at + strlen(wanted), NULL, 10);
	return at;
}

static uint64_t add(uint64_t digest, int fd, uint64_t thin, uint64_t data)
{
	if (pread(fd, block, sizeof(block), (off_t)(data * sizeof(block))) != sizeof(block))
		errx(1, "there is no data block %" PRIu64, data);
	digest = mix(digest + thin);
	for (unsigned int i = 0; i < WORDS; i++)
		digest = mix(digest + block[i]);
	return digest;
}

static void print_volumes(FILE *xml, int fd)
{
	uint64_t id = 0, digest = 0, nr = 0, thin, data, length;
	char line[512];

	while (fgets(line, sizeof(line), xml)) {
		if (number(line, "dev_id", &id)) {
			digest = nr = 0;
		} else if (strstr(line, "</device>")) {
			printf("%" PRIu64 " %016" PRIx64 " %" PRIu64 "\n", id, digest, nr);
		} else if (number(line, "origin_block", &thin) &&
			   number(line, "data_block", &data)) {
			digest = add(digest, fd, thin, data);
			nr++;
		} else if (number(line, "origin_begin", &thin) &&
			   number(line, "data_begin", &data) && number(line, "length", &length)) {
			for (uint64_t i = 0; i < length; i++)
				digest = add(digest, fd, thin + i, data + i);
			nr += length;
		}
	}
}

static void make(const char *path, uint64_t nr)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	if (fd < 0)
		err(1, "%s", path);
	for (uint64_t b = 0; b < nr; b++) {
		for (unsigned int i = 0; i < WORDS; i++)
			block[i] = mix(b * WORDS + i + 1);
		if (write(fd, block, sizeof(block)) != sizeof(block))
			err(1, "%s", path);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	FILE *xml;
	int fd;

	if (argc == 4 && !strcmp(argv[1], "--make")) {
		make(argv[2], strtoull(argv[3], NULL, 10));
		return 0;
	}
	if (argc != 3)
		errx(1, "usage: volumes XML DATA | volumes --make DATA BLOCKS");
	xml = fopen(argv[1], "r");
	if (!xml)
		err(1, "%s", argv[1]);
	fd = open(argv[2], O_RDONLY);
	if (fd < 0)
		err(1, "%s", argv[2]);
	print_volumes(xml, fd);
	return 0;
}
