/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blockio - fills thin devices with content that can be told apart later, and
 * reads it back.
 *
 * Starting a process is slow in a guest, so one call handles many blocks or
 * many devices.  Only the first 4 KiB of each block are ever written or read:
 *
 *	| tag | block | generation | noise that these three decide |
 *
 * so a block that a wrong mapping shows is noticed even without knowing what
 * should be there, and a pool with many mappings costs little data.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/aio_abi.h>
#include <linux/dm-ioctl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096, WORDS = PAGE / 8, BATCH = 256 };

static const char usage[] =
"usage:	blockio write DEV BLOCKSIZE TAG GENERATION RANGE...\n"
"	blockio discard DEV BLOCKSIZE RANGE...\n"
"	blockio sum BLOCKSIZE DEV...\n"
"	blockio filled BLOCKSIZE DEV...\n"
"	blockio message POOL MESSAGE...\n"
"	blockio churn POOL BLOCKSIZE SEED ORIGIN...\n"
"\n"
"write    puts pattern blocks on DEV and syncs it\n"
"discard  discards each RANGE, block by block unless its stride is 1\n"
"sum      prints \"DEV DIGEST BLOCKS\" for each DEV, BLOCKS being those that are\n"
"         not zero; fails if one is neither zero nor a pattern for its place\n"
"filled   prints \"DEV BLOCKS\" for each DEV, those that are not zero, whatever\n"
"         is in them\n"
"message  sends messages to the device-mapper device POOL; \"snap NEW OLD\" is\n"
"         create_snap with the active origin thin-OLD suspended meanwhile\n"
"churn    writes to, snapshots and discards thin-ORIGIN ... for ever\n"
"\n"
"RANGE is FIRST[+COUNT[*STRIDE]]; blocks past the end of DEV wrap around.\n";

struct dev {
	int fd;
	const char *name;
	uint64_t block_size;
	uint64_t nr_blocks;
};

struct range {
	uint64_t first, count, stride;
};

static _Alignas(PAGE) uint64_t page[WORDS];

static uint64_t number(const char *s, char **end)
{
	char *e;
	uint64_t v = strtoull(s, &e, 0);

	if (e == s || (!end && *e))
		errx(2, "not a number: %s", s);
	if (end)
		*end = e;
	return v;
}

static struct range range_parse(const char *s)
{
	struct range r = { .count = 1, .stride = 1 };
	char *end;

	r.first = number(s, &end);
	if (*end == '+')
		r.count = number(end + 1, &end);
	if (*end == '*')
		r.stride = number(end + 1, &end);
	if (*end)
		errx(2, "not a range: %s", s);
	return r;
}

static void dev_open(struct dev *d, const char *name, const char *block_size,
		     int flags)
{
	off_t size;

	d->name = name;
	d->block_size = number(block_size, NULL);
	d->fd = open(name, flags | O_CLOEXEC);
	if (d->fd < 0)
		err(1, "%s", name);
	size = lseek(d->fd, 0, SEEK_END);
	if (size < 0 || d->block_size < PAGE)
		errx(1, "%s: no size", name);
	d->nr_blocks = (uint64_t)size / d->block_size;
	if (!d->nr_blocks)
		errx(1, "%s: smaller than a block", name);
}

static void dev_close(struct dev *d)
{
	if (close(d->fd))
		err(1, "%s", d->name);
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static uint64_t noise(const uint64_t *p, unsigned int i)
{
	return mix(p[0] + mix(p[1] + mix(p[2] + i)));
}

static void write_block(struct dev *d, uint64_t tag, uint64_t generation,
			uint64_t block)
{
	block %= d->nr_blocks;
	page[0] = tag;
	page[1] = block;
	page[2] = generation;
	for (unsigned int i = 3; i < WORDS; i++)
		page[i] = noise(page, i);
	if (pwrite(d->fd, page, PAGE, (off_t)(block * d->block_size)) != PAGE)
		err(1, "%s: writing block %" PRIu64, d->name, block);
}

static void discard_blocks(struct dev *d, uint64_t first, uint64_t count)
{
	uint64_t range[2] = { first * d->block_size, count * d->block_size };

	if (ioctl(d->fd, BLKDISCARD, range))
		err(1, "%s: discarding block %" PRIu64, d->name, first);
}

static bool is_pattern(const uint64_t *words, uint64_t block)
{
	if (words[1] != block)
		return false;
	for (unsigned int i = 3; i < WORDS; i++)
		if (words[i] != noise(words, i))
			return false;
	return true;
}

static bool is_zero(const uint64_t *words)
{
	static const uint64_t zeroes[WORDS];

	return !memcmp(words, zeroes, PAGE);
}

/*
 * The blocks of a device, read in order, BATCH at a time: many small reads are
 * slow unless they are asked for with few system calls.
 */
struct reader {
	struct dev *dev;
	aio_context_t aio;
	uint64_t (*pages)[WORDS];
};

static void reader_init(struct reader *r, struct dev *d)
{
	r->dev = d;
	r->aio = 0;
	r->pages = aligned_alloc(PAGE, BATCH * PAGE);
	if (!r->pages || syscall(SYS_io_setup, BATCH, &r->aio))
		err(1, "%s: preparing to read", d->name);
}

static void reader_exit(struct reader *r)
{
	syscall(SYS_io_destroy, r->aio);
	free(r->pages);
}

static void reader_fill(struct reader *r, uint64_t first, uint64_t nr)
{
	static struct iocb cbs[BATCH], *queue[BATCH];
	static struct io_event events[BATCH];
	const struct dev *d = r->dev;

	for (uint64_t i = 0; i < nr; i++) {
		cbs[i] = (struct iocb) {
			.aio_lio_opcode = IOCB_CMD_PREAD,
			.aio_fildes = (uint32_t)d->fd,
			.aio_buf = (uintptr_t)r->pages[i],
			.aio_nbytes = PAGE,
			.aio_offset = (int64_t)((first + i) * d->block_size),
		};
		queue[i] = &cbs[i];
	}
	for (uint64_t i = 0; i < nr;) {
		long done = syscall(SYS_io_submit, r->aio, nr - i, queue + i);

		if (done <= 0)
			err(1, "%s: reading", d->name);
		i += (uint64_t)done;
	}
	if (syscall(SYS_io_getevents, r->aio, nr, nr, events, NULL) != (long)nr)
		err(1, "%s: reading", d->name);
	for (uint64_t i = 0; i < nr; i++)
		if (events[i].res != PAGE)
			errx(1, "%s: a read of blocks %" PRIu64 " to %" PRIu64 " failed",
			     d->name, first, first + nr - 1);
}

struct sum {
	uint64_t digest;
	uint64_t nr;		/* blocks that are not zero */
	bool sane;		/* and all of them are patterns */
};

static void sum_block(struct sum *s, const struct dev *d, const uint64_t *words,
		      uint64_t block)
{
	if (is_zero(words))
		return;
	s->nr++;
	if (!is_pattern(words, block)) {
		warnx("%s: block %" PRIu64 " has not what was written there",
		      d->name, block);
		s->sane = false;
	}
	s->digest = mix(s->digest + block);
	for (unsigned int i = 0; i < WORDS; i++)
		s->digest = mix(s->digest + words[i]);
}

static bool sum_dev(struct dev *d)
{
	struct sum s = { .sane = true };
	struct reader r;

	reader_init(&r, d);
	for (uint64_t first = 0; first < d->nr_blocks; first += BATCH) {
		uint64_t nr = d->nr_blocks - first;

		nr = nr < BATCH ? nr : BATCH;
		reader_fill(&r, first, nr);
		for (uint64_t i = 0; i < nr; i++)
			sum_block(&s, d, r.pages[i], first + i);
	}
	reader_exit(&r);
	printf("%s %016" PRIx64 " %" PRIu64 "\n", d->name, s.digest, s.nr);
	return s.sane;
}

static uint64_t count_filled(struct dev *d)
{
	uint64_t filled = 0;
	struct reader r;

	reader_init(&r, d);
	for (uint64_t first = 0; first < d->nr_blocks; first += BATCH) {
		uint64_t nr = d->nr_blocks - first;

		nr = nr < BATCH ? nr : BATCH;
		reader_fill(&r, first, nr);
		for (uint64_t i = 0; i < nr; i++)
			filled += !is_zero(r.pages[i]);
	}
	reader_exit(&r);
	return filled;
}

static int cmd_filled(int argc, char **argv)
{
	if (argc < 2)
		errx(2, "%s", usage);
	for (int i = 1; i < argc; i++) {
		struct dev d;

		dev_open(&d, argv[i], argv[0], O_RDONLY | O_DIRECT);
		printf("%s %" PRIu64 "\n", d.name, count_filled(&d));
		dev_close(&d);
	}
	return 0;
}

static int cmd_write(int argc, char **argv)
{
	struct dev d;

	if (argc < 5)
		errx(2, "%s", usage);
	dev_open(&d, argv[0], argv[1], O_WRONLY);
	for (int i = 4; i < argc; i++) {
		struct range r = range_parse(argv[i]);

		for (uint64_t n = 0; n < r.count; n++)
			write_block(&d, number(argv[2], NULL),
				    number(argv[3], NULL),
				    r.first + n * r.stride);
	}
	if (fsync(d.fd))
		err(1, "%s: syncing", d.name);
	dev_close(&d);
	return 0;
}

static int cmd_discard(int argc, char **argv)
{
	struct dev d;

	if (argc < 3)
		errx(2, "%s", usage);
	dev_open(&d, argv[0], argv[1], O_WRONLY);
	for (int i = 2; i < argc; i++) {
		struct range r = range_parse(argv[i]);

		if (r.stride == 1) {
			discard_blocks(&d, r.first, r.count);
			continue;
		}
		for (uint64_t n = 0; n < r.count; n++)
			discard_blocks(&d, (r.first + n * r.stride) %
				       d.nr_blocks, 1);
	}
	dev_close(&d);
	return 0;
}

static int cmd_sum(int argc, char **argv)
{
	int status = 0;

	if (argc < 2)
		errx(2, "%s", usage);
	for (int i = 1; i < argc; i++) {
		struct dev d;

		dev_open(&d, argv[i], argv[0], O_RDONLY | O_DIRECT);
		if (!sum_dev(&d))
			status = 1;
		dev_close(&d);
	}
	return status;
}

static int dm_control = -1;

static void dm_call(unsigned long request, const char *name, uint32_t flags,
		    const char *message)
{
	static _Alignas(8) char buffer[1024];
	struct dm_ioctl *head = (void *)buffer;
	struct dm_target_msg *msg = (void *)(head + 1);

	memset(buffer, 0, sizeof(buffer));
	*head = (struct dm_ioctl) {
		.version = { 4, 0, 0 },
		.data_size = sizeof(buffer),
		.data_start = sizeof(*head),
		.flags = flags,
	};
	if (dm_control < 0)
		dm_control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	if (dm_control < 0)
		err(1, "/dev/mapper/control");
	snprintf(head->name, sizeof(head->name), "%s", name);
	strncpy(msg->message, message, 256);
	if (ioctl(dm_control, request, head))
		err(1, "%s: %s", name, message);
}

static void take_snapshot(const char *pool, uint64_t new, uint64_t origin)
{
	char message[64], thin[32];

	snprintf(thin, sizeof(thin), "thin-%" PRIu64, origin);
	snprintf(message, sizeof(message),
		 "create_snap %" PRIu64 " %" PRIu64, new, origin);
	dm_call(DM_DEV_SUSPEND, thin, DM_SUSPEND_FLAG, "suspend");
	dm_call(DM_TARGET_MSG, pool, 0, message);
	dm_call(DM_DEV_SUSPEND, thin, 0, "resume");
}

static int cmd_message(int argc, char **argv)
{
	if (argc < 2)
		errx(2, "%s", usage);
	for (int i = 1; i < argc; i++) {
		uint64_t new, old;

		if (sscanf(argv[i], "snap %" SCNu64 " %" SCNu64,
			   &new, &old) == 2)
			take_snapshot(argv[0], new, old);
		else
			dm_call(DM_TARGET_MSG, argv[0], 0, argv[i]);
	}
	return 0;
}

enum { CHURN_DEVS = 16, CHURN_SNAPS = 8 };

struct churn {
	const char *pool;
	uint64_t nr_devs;
	uint64_t ids[CHURN_DEVS];
	char names[CHURN_DEVS][32];
	struct dev devs[CHURN_DEVS];
	uint64_t nr_snaps;
};

/* Snapshots have ids of their own for each first origin, so two can churn. */
static uint64_t churn_snap_id(const struct churn *c, uint64_t n)
{
	return 1000000 * (c->ids[0] + 1) + n;
}

/* Keeps the newest snapshots, so that deleting is part of the churn. */
static void churn_snapshot(struct churn *c, uint64_t origin)
{
	char message[64];
	uint64_t n = c->nr_snaps++;

	take_snapshot(c->pool, churn_snap_id(c, n), origin);
	if (n < CHURN_SNAPS)
		return;
	snprintf(message, sizeof(message), "delete %" PRIu64,
		 churn_snap_id(c, n - CHURN_SNAPS));
	dm_call(DM_TARGET_MSG, c->pool, 0, message);
}

static void churn_io(struct dev *d, uint64_t origin, uint64_t step,
		     uint64_t dice)
{
	uint64_t first = mix(dice + 1) % d->nr_blocks;
	uint64_t count = 1 + dice / 256 % 32;

	if (dice % 8 == 0 && first + count <= d->nr_blocks) {
		discard_blocks(d, first, count);
	} else if (dice % 8 == 1) {
		if (fsync(d->fd))
			err(1, "%s: syncing", d->name);
	} else {
		for (uint64_t i = 0; i < count; i++)
			write_block(d, origin, step, mix(dice + i));
	}
}

static void churn_step(struct churn *c, uint64_t seed, uint64_t step)
{
	uint64_t dice = mix(seed + mix(step));
	uint64_t i = mix(dice) % c->nr_devs;

	if (step % 32 == 31)
		churn_snapshot(c, c->ids[i]);
	else
		churn_io(&c->devs[i], c->ids[i], step, dice);
}

static int cmd_churn(int argc, char **argv)
{
	static struct churn c;
	uint64_t seed;

	if (argc < 4 || argc > 3 + CHURN_DEVS)
		errx(2, "%s", usage);
	seed = number(argv[2], NULL);
	c.pool = argv[0];
	c.nr_devs = (uint64_t)argc - 3;
	for (uint64_t i = 0; i < c.nr_devs; i++) {
		c.ids[i] = number(argv[3 + i], NULL);
		snprintf(c.names[i], sizeof(c.names[i]),
			 "/dev/mapper/thin-%" PRIu64, c.ids[i]);
		dev_open(&c.devs[i], c.names[i], argv[1], O_WRONLY | O_DIRECT);
	}
	for (uint64_t step = 0;; step++)
		churn_step(&c, seed, step);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} commands[] = {
		{ "write", cmd_write },
		{ "discard", cmd_discard },
		{ "sum", cmd_sum },
		{ "filled", cmd_filled },
		{ "message", cmd_message },
		{ "churn", cmd_churn },
	};

	size_t nr = argc > 1 ? sizeof(commands) / sizeof(*commands) : 0;

	for (size_t i = 0; i < nr; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 2, argv + 2);
	errx(2, "%s", usage);
}
