/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes that a reader can judge after a crash.
 *
 *	acklog write DEVICE BLOCKS SEED FIRST [ACKS [MARK]]
 *	acklog endure DEVICE BLOCKS SEED FIRST ACKS FAILED
 *	acklog check FILE BLOCKS SEED FIRST LAST ACKED [FAILED]
 *
 * Write number N goes to a block that SEED and N determine, and stamps each 512
 * bytes with block and N.  Every few writes there is a flush; when it has
 * ended, N is written to ACKS, which is a file of the host, and with MARK to the
 * dm-log-writes device of that name as well.  It goes on until it is killed.
 * Endure goes on after errors too: the numbers of writes that failed go to FAILED.
 *
 * Check looks at a device or its image: each block must hold its last write up
 * to ACKED, or a later one up to LAST (0: any).  One that was never written must be zero.
 * A write that failed may be there or not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 4096, STAMP = 512, LARGE = 16 };

struct stamp {
	uint64_t magic;
	uint64_t block;
	uint64_t number;
	uint8_t rest[STAMP - 24];
};

static const uint64_t magic = 0x6b636f6c676f6cull;

static void fail(const char *what)
{
	fprintf(stderr, "acklog: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* Where write @number goes, and over how many blocks. */
static uint64_t place(uint64_t seed, uint64_t number, uint64_t nr_blocks, unsigned int *len)
{
	uint64_t r = mix(seed ^ mix(number));

	*len = r % 8 ? 1 : LARGE;
	if (*len == 1)
		return (r >> 8) % nr_blocks;
	return (r >> 8) % (nr_blocks / LARGE) * LARGE;
}

static void fill(uint8_t *buffer, uint64_t block, uint64_t number)
{
	struct stamp s = { .magic = magic, .block = block, .number = number };
	unsigned int i;

	memset(s.rest, (int)number, sizeof(s.rest));
	for (i = 0; i < BLOCK / STAMP; i++)
		memcpy(buffer + i * STAMP, &s, STAMP);
}

static void mark(const char *device, uint64_t number)
{
	char command[200];

	snprintf(command, sizeof(command), "dmsetup message %s 0 mark %llu", device,
		 (unsigned long long)number);
	if (system(command))
		fail("mark");
}

static void ack(int acks, const char *device, uint64_t number)
{
	char line[32];
	int len = snprintf(line, sizeof(line), "%20llu\n", (unsigned long long)number);

	if (pwrite(acks, line, (size_t)len, 0) != len)
		fail("acks");
	if (device)
		mark(device, number);
}

/* The target of writes, and where they are noted: descriptors, -1 for none. */
struct run {
	int device;
	int acks;
	int failed;
	const char *mark;
};

/* Ends the program if it cannot be noted. */
static void note_failure(const struct run *run, const char *what, uint64_t number)
{
	char line[32];
	int len = snprintf(line, sizeof(line), "%llu\n", (unsigned long long)number);

	if (run->failed < 0)
		fail(what);
	if (write(run->failed, line, (size_t)len) != len)
		fail("failed");
	usleep(5000);	/* a device that is gone fails fast */
}

static void write_on(const struct run *run, uint64_t nr_blocks, uint64_t seed, uint64_t number)
{
	uint8_t *buffer;
	unsigned int i, len;
	uint64_t block;

	if (posix_memalign((void **)&buffer, BLOCK, (size_t)BLOCK * LARGE))
		fail("memory");
	for (;; number++) {
		block = place(seed, number, nr_blocks, &len);
		for (i = 0; i < len; i++)
			fill(buffer + (size_t)i * BLOCK, block + i, number);
		if (pwrite(run->device, buffer, (size_t)len * BLOCK, (off_t)(block * BLOCK)) !=
		    (ssize_t)(len * BLOCK))
			note_failure(run, "write", number);
		if (mix(number) % 16)
			continue;
		if (!fdatasync(run->device)) {
			if (run->acks >= 0)
				ack(run->acks, run->mark, number);
		} else if (run->failed < 0) {
			fail("flush");
		}
	}
}

static void start(int argc, char **argv, int endure)
{
	struct run run = {
		.device = open(argv[2], O_RDWR | O_DIRECT),
		.acks = argc > 6 ? open(argv[6], O_WRONLY | O_CREAT, 0666) : -1,
		.failed = endure ? open(argv[7], O_WRONLY | O_CREAT | O_APPEND, 0666) : -1,
		.mark = argc > 7 && !endure ? argv[7] : NULL,
	};

	if (run.device < 0 || (argc > 6 && run.acks < 0) || (endure && run.failed < 0))
		fail("open");
	write_on(&run, strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10),
		 strtoull(argv[5], NULL, 10));
}

/* Numbers of writes that failed, in their order. */
struct failures {
	uint64_t *numbers;
	size_t nr;
};

static void read_failures(const char *name, struct failures *f)
{
	FILE *file = fopen(name, "r");
	unsigned long long number;
	size_t room = 0;

	if (!file)
		fail(name);
	while (fscanf(file, "%llu", &number) == 1) {
		if (f->nr == room) {
			room = room ? room * 2 : 64;
			f->numbers = realloc(f->numbers, room * sizeof(*f->numbers));
		}
		if (!f->numbers)
			fail("memory");
		f->numbers[f->nr++] = number;
	}
	fclose(file);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int has_failed(const struct failures *f, uint64_t number)
{
	return f->nr && bsearch(&number, f->numbers, f->nr, sizeof(number), compare);
}

/* 0, or the number of the write that all stamps of the block agree on; -1: they do not. */
static int64_t found(const uint8_t *buffer, uint64_t block)
{
	static const uint8_t zero[BLOCK];
	const struct stamp *s = (const struct stamp *)buffer;
	unsigned int i;

	if (!memcmp(buffer, zero, BLOCK))
		return 0;
	for (i = 0; i < BLOCK / STAMP; i++)
		if (s[i].magic != magic || s[i].block != block || s[i].number != s[0].number)
			return -1;
	return (int64_t)s[0].number;
}

static int is_write_to(uint64_t seed, uint64_t number, uint64_t nr_blocks, uint64_t block)
{
	unsigned int len;
	uint64_t to = place(seed, number, nr_blocks, &len);

	return block >= to && block < to + len;
}

static int check(int argc, char **argv)
{
	uint64_t nr_blocks = strtoull(argv[3], NULL, 10);
	uint64_t seed = strtoull(argv[4], NULL, 10);
	uint64_t number = strtoull(argv[5], NULL, 10);
	uint64_t last = strtoull(argv[6], NULL, 10);
	uint64_t acked = strtoull(argv[7], NULL, 10);
	uint64_t *wanted = calloc(nr_blocks, sizeof(*wanted));	/* the last write that counts */
	uint8_t *buffer = malloc(BLOCK);
	int fd = open(argv[2], O_RDONLY);
	struct failures failures = { NULL, 0 };
	uint64_t block, bad = 0;
	unsigned int i, len;

	if (fd < 0 || !wanted || !buffer)
		fail(argv[2]);
	if (argc > 8)
		read_failures(argv[8], &failures);
	for (; number <= acked; number++) {
		if (has_failed(&failures, number))
			continue;
		block = place(seed, number, nr_blocks, &len);
		for (i = 0; i < len; i++)
			wanted[block + i] = number;
	}
	for (block = 0; block < nr_blocks; block++) {
		ssize_t got = pread(fd, buffer, BLOCK, (off_t)(block * BLOCK));
		int64_t n;

		if (got < 0)
			fail("read");
		memset(buffer + got, 0, (size_t)(BLOCK - got));
		n = found(buffer, block);
		if (n >= 0 && (uint64_t)n == wanted[block])
			continue;
		if (n > 0 && (uint64_t)n > wanted[block] && (!last || (uint64_t)n <= last) &&
		    ((uint64_t)n > acked || has_failed(&failures, (uint64_t)n)) &&
		    is_write_to(seed, (uint64_t)n, nr_blocks, block))
			continue;
		if (bad++ < 5)
			fprintf(stderr,
				"acklog: block %llu has write %lld, wanted %llu or later\n",
				(unsigned long long)block, (long long)n,
				(unsigned long long)wanted[block]);
	}
	printf("%llu blocks, %llu acknowledged, %llu wrong\n", (unsigned long long)nr_blocks,
	       (unsigned long long)acked, (unsigned long long)bad);
	return bad != 0;
}

int main(int argc, char **argv)
{
	if (argc >= 6 && !strcmp(argv[1], "write"))
		start(argc, argv, 0);
	if (argc == 8 && !strcmp(argv[1], "endure"))
		start(argc, argv, 1);
	if ((argc == 8 || argc == 9) && !strcmp(argv[1], "check"))
		return check(argc, argv);
	fprintf(stderr, "usage: acklog write DEVICE BLOCKS SEED FIRST [ACKS [MARK]]\n"
			"       acklog endure DEVICE BLOCKS SEED FIRST ACKS FAILED\n"
			"       acklog check FILE BLOCKS SEED FIRST LAST ACKED [FAILED]\n");
	return 1;
}
