/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "meta/format.h"
#include "tool.h"

static int thin_metadata_size_main(int argc, char **argv);

const struct tool thin_metadata_size_tool = {
	.name = "thin_metadata_size",
	.summary = "Says how large a metadata device a thin pool needs.",
	.operands = "",
	.nr_operands = 0,
	.examples =
		"  thin_metadata_size -b 64k -s 1t -m 1000\n"
		"  thin_metadata_size --block-size 128k --pool-size 10TiB --max-thins 50 "
		"--unit MiB -n\n",
	.main = thin_metadata_size_main,
};

static const struct tool *const tool = &thin_metadata_size_tool;

/* Mappings in a leaf that is half full, as most of them are. */
#define LEAF_MAPPINGS	126u

/* What the command line said. */
struct request {
	const char *block_size;
	const char *pool_size;
	const char *max_thins;
	const char *unit;
	struct opt_word numeric;	/* not given: with words; else nothing, short or long */
	bool quiet;
};

/* In bytes, but for the thins. */
struct sizes {
	uint64_t block;
	uint64_t pool;
	uint64_t thins;
	const struct units_unit *unit;
};

static int read_size(const char *option, const char *text, uint64_t plain, uint64_t *size)
{
	int r = text ? units_parse_size(text, plain, size) : -ENODATA;

	if (r == -ENODATA)
		tool_say(tool, NULL, "missing option: --%s; try thin_metadata_size --help", option);
	else if (r == -ERANGE)
		tool_mistaken_value(tool, option, text, "less than 16 EiB");
	else if (r)
		tool_mistaken_value(tool, option, text,
				    "a number and perhaps a unit such as k, m, g or MiB");
	return r;
}

static int read_sizes(const struct request *q, struct sizes *s)
{
	const uint64_t step = (uint64_t)THIN_DATA_BLOCK_MIN * META_SECTOR_SIZE;
	const uint64_t most = (uint64_t)THIN_DATA_BLOCK_MAX * META_SECTOR_SIZE;

	if (read_size("block-size", q->block_size, META_SECTOR_SIZE, &s->block) ||
	    read_size("pool-size", q->pool_size, META_SECTOR_SIZE, &s->pool) ||
	    read_size("max-thins", q->max_thins, 1, &s->thins))
		return -EINVAL;
	s->unit = units_find(q->unit);
	if (!s->unit)
		return tool_mistaken_value(tool, "unit", q->unit,
			       "one of b, s, k, m, g, t, p, e, z, y, "
			       "K, M, G, T, P, E, Z, Y, or a word or symbol such as MiB");
	if (s->block % step || !s->block || s->block > most)
		return tool_mistaken_value(tool, "block-size", q->block_size,
					   "a multiple of 64k, at most 1g");
	if (s->pool < s->block)
		return tool_mistaken_value(tool, "pool-size", q->pool_size, "at least one block");
	if (q->numeric.nr > 1)
		return tool_mistake(tool, "--numeric-only: given more than once");
	return 0;
}

/*
 * Metadata blocks: the superblock, leaves, and a root for each device.  What is
 * left at the end of the pool is too small to be a block, and never used.
 */
static uint64_t estimate(const struct sizes *s)
{
	uint64_t nr_data = s->pool / s->block;
	uint64_t nr_leaves = nr_data / LEAF_MAPPINGS + (nr_data % LEAF_MAPPINGS != 0);

	if (s->thins >= META_MAX_BLOCKS || 1 + nr_leaves + s->thins > META_MAX_BLOCKS)
		return META_MAX_BLOCKS;
	return 1 + nr_leaves + s->thins;
}

static void print(const struct request *q, const struct sizes *s)
{
	char text[UNITS_TEXT_MAX];

	units_in(estimate(s) * META_BLOCK_SIZE, s->unit, text);
	if (!q->numeric.nr)
		printf("%s %s\n", text, s->unit->word);
	else if (!q->numeric.word)
		printf("%s\n", text);
	else if (!strcmp(q->numeric.word, "long"))
		printf("%s%s\n", text, s->unit->word);
	else
		printf("%s%c\n", text, s->unit->letter);
}

static int run(struct request *q)
{
	struct sizes sizes;

	if (q->quiet)
		tool_be_quiet();
	if (read_sizes(q, &sizes))
		return 1;
	print(q, &sizes);
	return tool_status(tool, NULL, 0);
}

static int thin_metadata_size_main(int argc, char **argv)
{
	struct request q = { .unit = "s" };
	const struct opt opts[] = {
		OPT_STRING('b', "block-size", &q.block_size, "<size>",
			   "data block size of the pool, 64k to 1g; needed"),
		OPT_STRING('s', "pool-size", &q.pool_size, "<size>",
			   "size of the data device; needed"),
		OPT_STRING('m', "max-thins", &q.max_thins, "<count>",
			   "most thin devices and snapshots at a time; needed"),
		OPT_KNOWN('u', "unit", &q.unit, "<unit>", "print this unit (default: sectors)",
			  "b|s|k|m|g|t|p|e|z|y|K|M|G|T|P|E|Z|Y"),
		OPT_MAYBE_WORD('n', "numeric-only", &q.numeric, "short|long",
			       "only the number; with short or long also a unit"),
		OPT_FLAG('q', "quiet", &q.quiet, "say nothing on standard error"),
		OPT_END
	};
	int r = tool_start(tool, opts, argc, &argv);

	return r == TOOL_RUN ? run(&q) : r;
}
