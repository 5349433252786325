/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crash - what a device may hold after a crash in the midst of a program.
 *
 *	strace -f -xx -s 9999999 -P IMAGE -o LOG -e trace=pwrite64,fsync,fdatasync TOOL ...
 *	crash LOG			prints the number of writes
 *	crash LOG IMAGE N		the first N writes arrived (a kill)
 *	crash LOG IMAGE N SEED		as far as they were flushed; of the others
 *					some, decided by SEED (a power cut)
 *
 * IMAGE is a copy of the device as it was, and is changed.  Sectors arrive
 * whole, so a write may also be torn into parts of 512 bytes.
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

enum { SECTOR = 512, MAX_CALLS = 1 << 20 };

struct call {
	bool is_flush;
	uint8_t *bytes;
	size_t len;
	off_t offset;
};

static struct call calls[MAX_CALLS];
static size_t nr_calls, nr_writes;

static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c < 'a' || c > 'f')
		errx(1, "wanted hexadecimal bytes (strace -xx), not %c", c);
	return (unsigned)(c - 'a' + 10);
}

/* One byte is "\xNN". */
static uint8_t hex(const char *s)
{
	return (uint8_t)(digit(s[2]) << 4 | digit(s[3]));
}

/* PID pwrite64(FD, "\x..", LEN, OFFSET) = LEN */
static void take_write(const char *line)
{
	const char *begin = strchr(line, '"'), *end = begin ? strchr(begin + 1, '"') : NULL;
	struct call *c = &calls[nr_calls++];
	long long len, offset, done;

	if (!end || sscanf(end + 1, ", %lld, %lld) = %lld", &len, &offset, &done) != 3)
		errx(1, "no write: %.60s ... %s", line, end ? end : "");
	if (done < 0 || end - begin - 1 != 4 * len)
		errx(1, "a write of %lld bytes, of which %lld arrived", len, done);
	c->bytes = malloc((size_t)done + 1);
	if (!c->bytes)
		err(1, NULL);
	for (long long i = 0; i < done; i++)
		c->bytes[i] = hex(begin + 1 + 4 * i);
	c->len = (size_t)done;
	c->offset = (off_t)offset;
	nr_writes++;
}

static void read_log(const char *name)
{
	FILE *f = fopen(name, "r");
	char *line = NULL;
	size_t room = 0;

	if (!f)
		err(1, "%s", name);
	while (getline(&line, &room, f) > 0 && nr_calls < MAX_CALLS) {
		if (strstr(line, "unfinished") || strstr(line, "resumed"))
			errx(1, "%s: calls overlap", name);
		if (strstr(line, " pwrite64("))
			take_write(line);
		else if (strstr(line, "sync("))
			calls[nr_calls++].is_flush = true;
	}
	free(line);
	fclose(f);
}

static uint64_t dice(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static void put(int fd, const uint8_t *bytes, size_t len, off_t offset)
{
	if (pwrite(fd, bytes, len, offset) != (ssize_t)len)
		err(1, "writing");
}

/* Nothing, all, or some sectors of a write that was on its way. */
static void put_maybe(int fd, const struct call *c, uint64_t *seed)
{
	uint64_t fate = dice(seed) % 4;

	if (fate < 2) {
		if (fate)
			put(fd, c->bytes, c->len, c->offset);
		return;
	}
	for (size_t i = 0; i < c->len; i += SECTOR)
		if (dice(seed) % 2)
			put(fd, c->bytes + i, c->len - i < SECTOR ? c->len - i : SECTOR,
			    c->offset + (off_t)i);
}

static void replay(const char *image, size_t nr, bool power_cut, uint64_t seed)
{
	int fd = open(image, O_WRONLY | O_CLOEXEC);
	size_t end = 0, flushed = 0;

	if (fd < 0)
		err(1, "%s", image);
	for (size_t n = 0; end < nr_calls; end++) {
		if (calls[end].is_flush)
			flushed = end;
		else if (n++ == nr)
			break;
	}
	for (size_t i = 0; i < end; i++) {
		if (calls[i].is_flush)
			continue;
		if (!power_cut || i < flushed)
			put(fd, calls[i].bytes, calls[i].len, calls[i].offset);
		else
			put_maybe(fd, &calls[i], &seed);
	}
	if (close(fd))
		err(1, "%s", image);
}

int main(int argc, char **argv)
{
	if (argc != 2 && argc != 4 && argc != 5)
		errx(1, "usage: crash LOG [IMAGE N [SEED]]");
	read_log(argv[1]);
	if (argc == 2)
		printf("%zu\n", nr_writes);
	else
		replay(argv[2], strtoull(argv[3], NULL, 10), argc == 5,
		       argc == 5 ? strtoull(argv[4], NULL, 10) : 0);
	return 0;
}
