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
#include <linux/dm-ioctl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PAGE = 4096, WORDS = PAGE / 8, READ_AHEAD = 512 };

static const char usage[] =
"usage:	blockio write DEV BLOCKSIZE TAG GENERATION RANGE...\n"
"	blockio discard DEV BLOCKSIZE RANGE...\n"
"	blockio sum BLOCKSIZE DEV...\n"
"	blockio message POOL MESSAGE...\n"
"	blockio churn POOL BLOCKSIZE SEED ORIGIN...\n"
"\n"
"write    puts pattern blocks on DEV and syncs it\n"
"discard  discards each RANGE, block by block unless its stride is 1\n"
"sum      prints \"DEV DIGEST BLOCKS\" for each DEV, BLOCKS being those that are\n"
"         not zero; fails if one is neither zero nor a pattern for its place\n"
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

static bool block_is_sane(uint64_t block)
{
	if (page[1] != block)
		return false;
	for (unsigned int i = 3; i < WORDS; i++)
		if (page[i] != noise(page, i))
			return false;
	return true;
}

static bool page_is_zero(void)
{
	static const uint64_t zeroes[WORDS];

	return !memcmp(page, zeroes, PAGE);
}

/* Asks for the next blocks, so that many reads are under way at once. */
static void read_ahead(const struct dev *d, uint64_t first)
{
	for (uint64_t b = first; b < first + READ_AHEAD && b < d->nr_blocks; b++)
		posix_fadvise(d->fd, (off_t)(b * d->block_size), PAGE,
			      POSIX_FADV_WILLNEED);
}

static void read_block(const struct dev *d, uint64_t block)
{
	if (block % READ_AHEAD == 0)
		read_ahead(d, block);
	if (pread(d->fd, page, PAGE, (off_t)(block * d->block_size)) != PAGE)
		err(1, "%s: reading block %" PRIu64, d->name, block);
}

static bool sum_dev(struct dev *d)
{
	uint64_t digest = 0, nr = 0;
	bool sane = true;

	/* What the device has counts, not what is cached. */
	if (ioctl(d->fd, BLKFLSBUF, 0))
		err(1, "%s: dropping the cache", d->name);
	posix_fadvise(d->fd, 0, 0, POSIX_FADV_RANDOM);
	for (uint64_t b = 0; b < d->nr_blocks; b++) {
		read_block(d, b);
		if (page_is_zero())
			continue;
		nr++;
		if (!block_is_sane(b)) {
			warnx("%s: block %" PRIu64 " has not what was written there",
			      d->name, b);
			sane = false;
		}
		digest = mix(digest + b);
		for (unsigned int i = 0; i < WORDS; i++)
			digest = mix(digest + page[i]);
	}
	printf("%s %016" PRIx64 " %" PRIu64 "\n", d->name, digest, nr);
	return sane;
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
			discard_blocks(&d, (r.first + n * r.stride) % d.nr_blocks, 1);
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

		dev_open(&d, argv[i], argv[0], O_RDONLY);
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

		if (sscanf(argv[i], "snap %" SCNu64 " %" SCNu64, &new, &old) == 2)
			take_snapshot(argv[0], new, old);
		else
			dm_call(DM_TARGET_MSG, argv[0], 0, argv[i]);
	}
	return 0;
}

enum { CHURN_SNAPS = 8, CHURN_FIRST_SNAP = 1000 };

/* Keeps the newest snapshots, so that deleting is part of the churn. */
static void churn_snapshot(const char *pool, uint64_t origin, uint64_t *nr)
{
	char message[64];

	take_snapshot(pool, CHURN_FIRST_SNAP + (*nr)++, origin);
	if (*nr <= CHURN_SNAPS)
		return;
	snprintf(message, sizeof(message), "delete %" PRIu64,
		 CHURN_FIRST_SNAP + *nr - CHURN_SNAPS - 1);
	dm_call(DM_TARGET_MSG, pool, 0, message);
}

static void churn_io(struct dev *d, uint64_t origin, uint64_t step, uint64_t dice)
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

static int cmd_churn(int argc, char **argv)
{
	uint64_t nr_devs, nr_snaps = 0, seed;
	struct dev devs[16];

	if (argc < 4 || argc > 3 + 16)
		errx(2, "%s", usage);
	seed = number(argv[2], NULL);
	nr_devs = (uint64_t)argc - 3;
	for (uint64_t i = 0; i < nr_devs; i++) {
		static char names[16][64];

		snprintf(names[i], sizeof(names[i]), "/dev/mapper/thin-%s", argv[3 + i]);
		dev_open(&devs[i], names[i], argv[1], O_WRONLY | O_DIRECT);
	}
	for (uint64_t step = 0;; step++) {
		uint64_t dice = mix(seed + mix(step));
		uint64_t i = mix(dice) % nr_devs;
		uint64_t origin = number(argv[3 + i], NULL);

		if (step % 32 == 31)
			churn_snapshot(argv[0], origin, &nr_snaps);
		else
			churn_io(&devs[i], origin, step, dice);
	}
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
		{ "message", cmd_message },
		{ "churn", cmd_churn },
	};

	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 2, argv + 2);
	errx(2, "%s", usage);
}
