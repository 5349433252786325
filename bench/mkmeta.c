/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkmeta - makes thin metadata to measure with.
 *
 * Knows the disk format and nothing of the library, so that the two can also
 * judge each other.  The same arguments make the same bytes.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meta/format.h>

#include "image.h"
#include "many.h"
#include "snaps.h"

#define BLOCKS_PER_MB ((1u << 20) / META_BLOCK_SIZE)

struct kind {
	const char *name;
	void (*fill)(struct image *im, uint64_t nr_mappings);
	uint64_t default_mb;
	uint64_t mappings_per_gb;	/* of the one origin, or of all devices */
};

static const struct kind kinds[] = {
	{ "big", many_fill, 1024, 20000000 },
	{ "snaps", snaps_fill, 512, 4000000 },
	{ "few", snaps_fill_few, 8, 12800000 },
	{ "scale", many_fill, 1024, 20000000 },
	{ "half", many_fill_half, 512, 20000000 },
	{ "mixed", many_fill_mixed, 1024, 20000000 },
};

static void usage(FILE *to)
{
	fputs("Usage: mkmeta {big|snaps|few|scale|half|mixed} [options] FILE\n"
	      "Writes thin metadata, always valid, to FILE; a file there is overwritten.\n"
	      "\n"
	      "  big    16 devices of 20 million mappings together, in runs of 1 to 4 blocks\n"
	      "  snaps  a device of 2 million mappings and 208 snapshots, each 2 % its own\n"
	      "  few    as snaps, but 100,000 mappings in a tree of three levels, and 8 snapshots\n"
	      "  scale  like big, for series of sizes\n"
	      "  half   like big, with 10 million mappings; half of the data is unused\n"
	      "  mixed  like big, but leaves of devices are not next to one another\n"
	      "\n"
	      "Options:\n"
	      "  --size-mb N  metadata, in MiB; mappings grow with it\n"
	      "               (default 1024; snaps, half 512; few 8)\n"
	      "  --seed N     start of the random numbers (default 1)\n"
	      "  --help       this text\n", to);
}

static _Noreturn void mistake(const char *what, const char *arg)
{
	fprintf(stderr, "mkmeta: %s: %s\n", what, arg);
	usage(stderr);
	exit(1);
}

static uint64_t number(const char *arg, uint64_t min, uint64_t max)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(arg, &end, 10);
	if (errno || *end || end == arg || *arg == '-' || n < min || n > max)
		mistake("not a number in range", arg);
	return n;
}

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	mistake("unknown kind of metadata", name);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "size-mb", required_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const struct kind *kind;
	uint64_t seed = 1, mb = 0;
	struct image im;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 's':
			seed = number(optarg, 0, UINT64_MAX);
			break;
		case 'm':
			/* Below, the fixed parts do not fit; above, nobody can use it. */
			mb = number(optarg, 4, META_MAX_BLOCKS / BLOCKS_PER_MB);
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 1;
		}
	}
	if (argc - optind != 2)
		mistake("wanted", "a kind and a file");

	kind = find_kind(argv[optind]);
	if (!mb)
		mb = kind->default_mb;
	image_open(&im, argv[optind + 1], mb * BLOCKS_PER_MB, seed);
	kind->fill(&im, kind->mappings_per_gb * mb / 1024);
	printf("%s: %llu of %llu metadata blocks used\n", argv[optind + 1],
	       (unsigned long long)im.nr_used, (unsigned long long)im.nr_blocks);
	image_close(&im);
	return 0;
}
