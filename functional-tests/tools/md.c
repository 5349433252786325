/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * md - looks at thin metadata and makes faults in it, for tests.
 *
 * Shares no code with the tools, so that it does not share their mistakes.
 * Numbers are little-endian; blocks have 4096 bytes; a changed block gets a
 * good checksum, of the kind it had before, unless it is to be spoilt.
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

static const char usage[] =
"usage:	md get FILE BLOCK OFFSET SIZE\n"
"	md set FILE BLOCK OFFSET SIZE VALUE\n"
"	md spoil FILE BLOCK\n"
"	md wipe FILE BLOCK...\n"
"	md kinds FILE\n"
"	md path FILE DEVICE THINBLOCK\n"
"	md count FILE meta|data BLOCK [COUNT]\n"
"	md leak FILE meta|data NUMBER\n"
"\n"
"get    prints a field of 1, 2, 4 or 8 bytes\n"
"set    changes it\n"
"spoil  inverts a byte in the middle of the block\n"
"wipe   makes zeroes of the blocks\n"
"kinds  prints \"BLOCK KIND\" for each block with a good checksum\n"
"path   prints the blocks from the root of the mapping tree to a leaf\n"
"count  prints or sets a reference count, up to 2; totals stay right\n"
"leak   allocates so many blocks for nothing, the last free ones\n";

enum { SIZE = 4096, BITMAP_ENTRIES = 16320 };

/* Where things are in the superblock and in a node. */
enum {
	SB_DATA_SM = 64,
	SB_META_SM = 192,
	SB_MAPPING_ROOT = 320,
	SM_NR = 0, SM_ALLOCATED = 8, SM_INDEX = 16, SM_OVERFLOW = 24,
	NODE_FLAGS = 4, NODE_NR = 16, NODE_MAX = 20, NODE_KEYS = 32,
};

static const struct kind {
	const char *name;
	uint32_t salt;
} kinds[] = {
	{ "superblock", 160774 },
	{ "node", 121107 },
	{ "bitmap", 240779 },
	{ "index", 160478 },
};

static int fd;
static const char *file;

static uint64_t number(const char *s)
{
	char *end;
	uint64_t v = strtoull(s, &end, 0);

	if (!*s || *end)
		errx(1, "not a number: %s", s);
	return v;
}

static uint64_t field(const uint8_t *block, unsigned offset, unsigned size)
{
	uint64_t v = 0;

	for (unsigned i = size; i--;)
		v = v << 8 | block[offset + i];
	return v;
}

static void field_set(uint8_t *block, unsigned offset, unsigned size, uint64_t v)
{
	for (unsigned i = 0; i < size; i++, v >>= 8)
		block[offset + i] = (uint8_t)v;
}

static void block_read(uint8_t *block, uint64_t where)
{
	if (pread(fd, block, SIZE, (off_t)(where * SIZE)) != SIZE)
		errx(1, "%s: no block %" PRIu64, file, where);
}

static void block_write(const uint8_t *block, uint64_t where)
{
	if (pwrite(fd, block, SIZE, (off_t)(where * SIZE)) != SIZE)
		err(1, "%s: block %" PRIu64, file, where);
}

/* CRC-32C, bit by bit, not inverted at the end. */
static uint32_t crc(const uint8_t *block)
{
	uint32_t c = ~0u;

	for (unsigned i = 4; i < SIZE; i++) {
		c ^= block[i];
		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? 0x82f63b78u : 0);
	}
	return c;
}

static const struct kind *kind_of(const uint8_t *block)
{
	uint32_t salt = crc(block) ^ (uint32_t)field(block, 0, 4);

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].salt == salt)
			return &kinds[i];
	return NULL;
}

/* Sealed as @k, or with the bad checksum that it had if that is NULL. */
static void block_store(uint8_t *block, uint64_t where, const struct kind *k)
{
	if (k)
		field_set(block, 0, 4, crc(block) ^ k->salt);
	block_write(block, where);
}

static void change(uint64_t where, unsigned offset, unsigned size, uint64_t v)
{
	uint8_t block[SIZE];
	const struct kind *k;

	block_read(block, where);
	k = kind_of(block);
	field_set(block, offset, size, v);
	block_store(block, where, k);
}

static void field_bounds(const char *offset, const char *size, unsigned *o, unsigned *s)
{
	*o = (unsigned)number(offset);
	*s = (unsigned)number(size);
	if (*s > 8 || *o + *s > SIZE)
		errx(1, "no such field: %s %s", offset, size);
}

/* The entry of a node whose key is the last one up to @key. */
static unsigned node_find(const uint8_t *node, uint64_t key)
{
	unsigned nr = (unsigned)field(node, NODE_NR, 4), i = 0;

	while (i + 1 < nr && field(node, NODE_KEYS + 8 * (i + 1), 8) <= key)
		i++;
	if (!nr || field(node, NODE_KEYS + 8 * i, 8) > key)
		errx(1, "%s: no key %" PRIu64, file, key);
	return i;
}

static unsigned node_value(const uint8_t *node, unsigned i, unsigned size)
{
	return (unsigned)(NODE_KEYS + 8 * field(node, NODE_MAX, 4)) + i * size;
}

/* Reads nodes down to the leaf for @key; the leaf's number. */
static uint64_t walk(uint8_t *node, uint64_t where, uint64_t key, bool print)
{
	for (;;) {
		block_read(node, where);
		if (print)
			printf("%" PRIu64 "\n", where);
		if (field(node, NODE_FLAGS, 4) != 1)
			return where;
		where = field(node, node_value(node, node_find(node, key), 8), 8);
	}
}

/* A bitmap and the index entry that knows it. */
struct entry {
	uint64_t index;		/* block */
	unsigned offset;	/* in it */
	uint64_t bitmap;
};

static bool is_meta(const char *map)
{
	if (strcmp(map, "meta") && strcmp(map, "data"))
		errx(1, "neither meta nor data: %s", map);
	return *map == 'm';
}

static void entry_find(struct entry *e, bool meta, uint64_t where)
{
	uint8_t sb[SIZE], index[SIZE];
	unsigned sm = meta ? SB_META_SM : SB_DATA_SM;
	uint64_t n = where / BITMAP_ENTRIES;

	block_read(sb, 0);
	if (where >= field(sb, sm + SM_NR, 8))
		errx(1, "%s: no such block: %" PRIu64, file, where);
	e->index = field(sb, sm + SM_INDEX, 8);
	if (meta) {
		block_read(index, e->index);
		e->offset = (unsigned)(16 + 16 * n);
	} else {
		e->index = walk(index, e->index, n, false);
		e->offset = node_value(index, node_find(index, n), 16);
	}
	e->bitmap = field(index, e->offset, 8);
}

static unsigned count_in(const uint8_t *bitmap, uint64_t n)
{
	unsigned pair = bitmap[16 + n / 4] >> (2 * (n % 4)) & 3;

	return (pair & 1) << 1 | pair >> 1;
}

static unsigned count(bool meta, uint64_t where)
{
	uint8_t bitmap[SIZE];
	struct entry e;

	entry_find(&e, meta, where);
	block_read(bitmap, e.bitmap);
	return count_in(bitmap, where % BITMAP_ENTRIES);
}

static void count_set(bool meta, uint64_t where, unsigned v)
{
	uint8_t block[SIZE];
	uint64_t n = where % BITMAP_ENTRIES, total;
	unsigned was, pair = (v & 1) << 1 | v >> 1;
	unsigned sm = (meta ? SB_META_SM : SB_DATA_SM) + SM_ALLOCATED;
	struct entry e;

	entry_find(&e, meta, where);
	block_read(block, e.bitmap);
	was = count_in(block, n);
	if (was > 2 || v > 2)
		errx(1, "%s: block %" PRIu64 " has an entry in the overflow tree", file, where);
	block[16 + n / 4] = (uint8_t)((block[16 + n / 4] & ~(3u << 2 * (n % 4))) |
				      pair << 2 * (n % 4));
	block_store(block, e.bitmap, &kinds[2]);
	if (!was == !v)
		return;
	block_read(block, e.index);
	total = field(block, e.offset + 8, 4);
	change(e.index, e.offset + 8, 4, v ? total - 1 : total + 1);
	block_read(block, 0);
	total = field(block, sm, 8);
	change(0, sm, 8, v ? total + 1 : total - 1);
}

static void leak(bool meta, uint64_t nr)
{
	uint8_t sb[SIZE];
	uint64_t where;

	block_read(sb, 0);
	for (where = field(sb, (meta ? SB_META_SM : SB_DATA_SM) + SM_NR, 8); where-- && nr;)
		if (!count(meta, where)) {
			count_set(meta, where, 1);
			printf("%" PRIu64 "\n", where);
			nr--;
		}
	if (nr)
		errx(1, "%s: no more free blocks", file);
}

static void print_kinds(void)
{
	uint8_t block[SIZE];
	struct stat st;

	if (fstat(fd, &st))
		err(1, "%s", file);
	for (uint64_t b = 0; b < (uint64_t)st.st_size / SIZE; b++) {
		const struct kind *k;

		block_read(block, b);
		k = kind_of(block);
		if (k)
			printf("%" PRIu64 " %s\n", b, k->name);
	}
}

static void print_path(uint64_t dev, uint64_t thin_block)
{
	uint8_t node[SIZE];

	block_read(node, 0);
	walk(node, field(node, SB_MAPPING_ROOT, 8), dev, true);
	walk(node, field(node, node_value(node, node_find(node, dev), 8), 8), thin_block, true);
}

static bool run(const char *command, int argc, char **argv)
{
	uint8_t block[SIZE];
	unsigned offset, size;

	if (!strcmp(command, "get") && argc == 3) {
		field_bounds(argv[1], argv[2], &offset, &size);
		block_read(block, number(argv[0]));
		printf("%" PRIu64 "\n", field(block, offset, size));
	} else if (!strcmp(command, "set") && argc == 4) {
		field_bounds(argv[1], argv[2], &offset, &size);
		change(number(argv[0]), offset, size, number(argv[3]));
	} else if (!strcmp(command, "spoil") && argc == 1) {
		block_read(block, number(argv[0]));
		block[SIZE / 2] ^= 0xff;
		block_write(block, number(argv[0]));
	} else if (!strcmp(command, "wipe") && argc > 0) {
		memset(block, 0, SIZE);
		for (int i = 0; i < argc; i++)
			block_write(block, number(argv[i]));
	} else if (!strcmp(command, "kinds") && argc == 0) {
		print_kinds();
	} else if (!strcmp(command, "path") && argc == 2) {
		print_path(number(argv[0]), number(argv[1]));
	} else if (!strcmp(command, "count") && argc == 2) {
		printf("%u\n", count(is_meta(argv[0]), number(argv[1])));
	} else if (!strcmp(command, "count") && argc == 3) {
		count_set(is_meta(argv[0]), number(argv[1]), (unsigned)number(argv[2]));
	} else if (!strcmp(command, "leak") && argc == 2) {
		leak(is_meta(argv[0]), number(argv[1]));
	} else {
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(1, "%s", usage);
	file = argv[2];
	fd = open(file, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", file);
	if (!run(argv[1], argc - 3, argv + 3))
		errx(1, "%s", usage);
	if (close(fd))
		err(1, "%s", file);
	return 0;
}
