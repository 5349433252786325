/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts, from what dm-log-writes has logged.
 *
 *	replay LOG SPLIT LOW HIGH STEP SEED COMMAND...
 *
 * The logged device begins with SPLIT sectors that are the file LOW; what follows is
 * the file HIGH.  Both start out empty.  At every STEP-th flush two states are
 * made and COMMAND is run for each, with ACKED set to the last mark before:
 * all that was written before the flush; and that with some of what was
 * written between it and the next one, each write there or not as SEED says.
 * The last line is "N states, N failed".
 *
 * Format of the log: Documentation/admin-guide/device-mapper/log-writes.rst.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECTOR = 512, FLUSH = 1, FUA = 2, DISCARD = 4, MARK = 8 };

static const uint64_t log_magic = 0x6a736677736872ull;

struct entry {
	uint64_t at;		/* data, as an offset in the log */
	uint64_t sector;
	uint64_t nr_sectors;
	uint64_t flags;
	uint64_t mark;
};

struct replay {
	int log, low, high;
	uint64_t split;
	struct entry *entries;
	size_t nr_entries;
	uint64_t random;
	char **command;
	unsigned int nr_states, nr_failed;
};

static void fail(const char *what)
{
	fprintf(stderr, "replay: %s: %s\n", what, errno ? strerror(errno) : "not as it must be");
	exit(1);
}

static void read_at(int fd, void *buffer, size_t len, uint64_t offset)
{
	errno = 0;
	if (pread(fd, buffer, len, (off_t)offset) != (ssize_t)len)
		fail("read");
}

static uint64_t word(const uint8_t *bytes, unsigned int i)
{
	uint64_t v;

	memcpy(&v, bytes + i * 8, 8);
	return le64toh(v);
}

static void load_log(struct replay *r)
{
	uint8_t sector[SECTOR];
	uint64_t at = SECTOR;
	size_t i;

	read_at(r->log, sector, SECTOR, 0);
	errno = 0;
	if (word(sector, 0) != log_magic || word(sector, 1) != 1)
		fail("log");
	r->nr_entries = word(sector, 2);
	r->entries = calloc(r->nr_entries + 1, sizeof(*r->entries));
	if (!r->entries)
		fail("memory");
	for (i = 0; i < r->nr_entries; i++) {
		struct entry *e = &r->entries[i];

		read_at(r->log, sector, SECTOR, at);
		at += SECTOR;
		*e = (struct entry){ .at = at, .sector = word(sector, 0),
				     .nr_sectors = word(sector, 1), .flags = word(sector, 2) };
		sector[SECTOR - 1] = 0;
		if (e->flags & MARK)
			e->mark = strtoull((char *)sector + 32, NULL, 10);
		else if (!(e->flags & DISCARD))
			at += e->nr_sectors * SECTOR;
	}
}

static void put(struct replay *r, const void *data, uint64_t len, uint64_t sector)
{
	int fd = sector < r->split ? r->low : r->high;
	uint64_t offset = (sector < r->split ? sector : sector - r->split) * SECTOR;

	if (pwrite(fd, data, len, (off_t)offset) != (ssize_t)len)
		fail("write");
}

/* A discard may leave anything; here it leaves rubbish, to be noticed if it is read. */
static void apply(struct replay *r, const struct entry *e)
{
	uint64_t len = e->nr_sectors * SECTOR;
	uint8_t *data;

	if (e->flags & MARK || !len)
		return;
	data = malloc(len);
	if (!data)
		fail("memory");
	if (e->flags & DISCARD)
		memset(data, 0xd5, len);
	else
		read_at(r->log, data, len, e->at);
	put(r, data, len, e->sector);
	free(data);
}

static int chance(struct replay *r)
{
	r->random = r->random * 6364136223846793005ull + 1442695040888963407ull;
	return (int)(r->random >> 62) & 1;
}

static void judge(struct replay *r, uint64_t acked, size_t entry)
{
	char text[32];
	int status;
	pid_t pid;

	snprintf(text, sizeof(text), "%llu", (unsigned long long)acked);
	setenv("ACKED", text, 1);
	pid = fork();
	if (!pid) {
		execvp(r->command[0], r->command);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail("fork");
	r->nr_states++;
	if (status) {
		r->nr_failed++;
		printf("state at entry %zu, %s acknowledged: status %d\n", entry, text, status);
	}
}

/* What is put over the writes after a flush is taken back by writing all of it again. */
struct old {
	uint64_t sector, len;
	uint8_t *data;
};

static void save(struct replay *r, const struct entry *e, struct old *old)
{
	uint64_t offset = (e->sector < r->split ? e->sector : e->sector - r->split) * SECTOR;
	ssize_t got;

	old->sector = e->sector;
	old->len = e->nr_sectors * SECTOR;
	old->data = calloc(1, old->len + 1);
	if (!old->data)
		fail("memory");
	got = pread(e->sector < r->split ? r->low : r->high, old->data, old->len, (off_t)offset);
	if (got < 0)
		fail("read");
}

/* The state with some of the writes [from, to). */
static void judge_some(struct replay *r, size_t from, size_t to, uint64_t acked)
{
	struct old *old = calloc(to - from + 1, sizeof(*old));
	size_t i, nr = 0;

	if (!old)
		fail("memory");
	for (i = from; i < to; i++) {
		const struct entry *e = &r->entries[i];

		if (e->flags & MARK || !e->nr_sectors || chance(r))
			continue;
		save(r, e, &old[nr++]);
		apply(r, e);
	}
	judge(r, acked, from);
	while (nr--) {
		put(r, old[nr].data, old[nr].len, old[nr].sector);
		free(old[nr].data);
	}
	free(old);
}

static size_t next_flush(struct replay *r, size_t i)
{
	while (i < r->nr_entries && !(r->entries[i].flags & (FLUSH | FUA)))
		i++;
	return i;
}

static void replay(struct replay *r, unsigned long step)
{
	unsigned long nr_flushes = 0;
	uint64_t acked = 0;
	size_t i;

	for (i = 0; i < r->nr_entries; i++) {
		struct entry *e = &r->entries[i];

		apply(r, e);
		if (e->flags & MARK)
			acked = e->mark;
		if (!(e->flags & (FLUSH | FUA)) || nr_flushes++ % step)
			continue;
		judge(r, acked, i);
		judge_some(r, i + 1, next_flush(r, i + 1), acked);
	}
	printf("%zu entries, %lu flushes\n", r->nr_entries, nr_flushes);
}

int main(int argc, char **argv)
{
	struct replay r = { 0 };

	if (argc < 8) {
		fprintf(stderr, "usage: replay LOG SPLIT LOW HIGH STEP SEED COMMAND...\n");
		return 1;
	}
	r.log = open(argv[1], O_RDONLY);
	r.split = strtoull(argv[2], NULL, 10);
	r.low = open(argv[3], O_RDWR);
	r.high = open(argv[4], O_RDWR);
	r.random = strtoull(argv[6], NULL, 10);
	r.command = argv + 7;
	if (r.log < 0 || r.low < 0 || r.high < 0)
		fail("open");
	load_log(&r);
	replay(&r, strtoul(argv[5], NULL, 10));
	printf("%u states, %u failed\n", r.nr_states, r.nr_failed);
	return r.nr_failed != 0;
}
