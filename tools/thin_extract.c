/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_extract.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "data_device.h"
#include "meta/format.h"
#include "thin_extract_copy.h"
#include "thin_extract_map.h"

static int thin_extract_main(int argc, char **argv);

const struct tool thin_extract_tool = {
	.name = "thin_extract",
	.summary = "Copies the content of a thin volume to a file, without the kernel.",
	.operands = "--metadata-dev <meta> --data-dev <data> --dev-id <id> -o <output>",
	.nr_operands = 0,
	.examples =
		"  thin_extract --metadata-dev meta.img --data-dev data.img --dev-id 7 -o 7.img\n"
		"  thin_extract --repair --metadata-dev meta.img --data-dev data.img --dev-id 7 "
		"\\\n      --size 20g -o 7.img\n"
		"  thin_extract --metadata-dev pool.xml --dev-id 7 --dry-run\n",
	.main = thin_extract_main,
};

static const struct tool *const tool = &thin_extract_tool;

/* One extraction, with everything that is open. */
struct extraction {
	const struct extract_request *request;
	struct extract_map *map;
	struct extract_survey survey;
	struct engine *data;
	int origin;
	uint64_t origin_size;
	uint64_t begin, end;		/* of the volume, what is to be copied */
	struct extract_target target;
	struct extract_copy *copy;
	struct progress progress;
};

/* The first reading: is all of it there, and how large is it? */

static int note_pool(void *arg, const struct thin_pool *pool)
{
	struct extract_survey *s = &((struct extraction *)arg)->survey;

	s->block_size = (uint64_t)pool->data_block_size * META_SECTOR_SIZE;
	s->nr_data_blocks = pool->nr_data_blocks;
	return 0;
}

static int note_device(void *arg, const struct thin_device *device)
{
	(void)device;
	((struct extraction *)arg)->survey.is_found = true;
	return 0;
}

static int note_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	struct extraction *x = arg;
	uint64_t most = INT64_MAX / x->survey.block_size;

	for (size_t i = 0; i < nr; i++) {
		uint64_t end = runs[i].thin_begin + runs[i].length;

		if (x->request->dry_run)
			printf("%" PRIu64 "..%" PRIu64 " at %" PRIu64 "..%" PRIu64 "\n",
			       runs[i].thin_begin, end, runs[i].data_begin,
			       runs[i].data_begin + runs[i].length);
		x->survey.nr_mapped += runs[i].length;
		x->survey.nr_runs++;
		if (runs[i].thin_begin < most && runs[i].length <= most - runs[i].thin_begin)
			x->survey.highest = end * x->survey.block_size;
		else
			x->survey.highest = UINT64_MAX;
	}
	return 0;
}

static int survey(struct extraction *x)
{
	static const struct thin_emit emit = {
		.pool_begin = note_pool, .device_begin = note_device, .runs = note_runs,
	};
	const struct extract_request *q = x->request;
	int r = extract_map_tell(x->map, &emit, x);

	if (r)
		return r;
	if (x->survey.is_found)
		return 0;
	tool_say(tool, q->metadata, "has no device %" PRIu64 "; thin_ls lists those that there are",
		 q->dev_id.value);
	return -EUCLEAN;
}

/* Where the volume ends, as far as that is known, and what of it is wanted. */
static int choose_range(struct extraction *x)
{
	const struct extract_request *q = x->request;
	uint64_t size = x->survey.highest > x->origin_size ? x->survey.highest : x->origin_size;

	if (q->has_size)
		size = q->size;
	x->begin = q->has_range ? q->begin : 0;
	x->end = q->has_range ? q->end : size;
	if (x->end == UINT64_MAX) {
		tool_say(tool, q->metadata, "maps blocks of device %" PRIu64
			 " that no volume can have; --size says how large it was",
			 q->dev_id.value);
		return -EUCLEAN;
	}
	if (!q->has_range && x->survey.highest > x->end)
		tool_say(tool, q->metadata, "warning: device %" PRIu64
			 " is mapped up to byte %" PRIu64 ", which --size leaves out",
			 q->dev_id.value, x->survey.highest);
	return 0;
}

static void print_summary(const struct extraction *x)
{
	const struct extract_survey *s = &x->survey;
	char mapped[UNITS_TEXT_MAX], size[UNITS_TEXT_MAX];

	units_bytes(s->nr_mapped * s->block_size, mapped);
	printf("%" PRIu64 " blocks of %" PRIu64 " sectors in %" PRIu64 " runs, %s; the output "
	       "would have %" PRIu64 " bytes, %s\n", s->nr_mapped,
	       s->block_size / META_SECTOR_SIZE, s->nr_runs, mapped, x->end - x->begin,
	       units_bytes(x->end - x->begin, size));
}

/* Data and origin. */

static bool is_too_small(const struct extraction *x)
{
	return engine_size(x->data) / x->survey.block_size < x->survey.nr_data_blocks;
}

static int open_data(struct extraction *x)
{
	const struct extract_request *q = x->request;
	unsigned flags = q->metadata_snap.set ? ENGINE_SHARED : ENGINE_READ;
	int r = data_device_open(tool, q->data, q->metadata, flags, true, &x->data);

	if (r || !is_too_small(x))
		return r;
	/* With --repair what is missing becomes zeroes, and is told. */
	if (!q->repair)
		return data_device_judge_size(tool, q->data, x->data, x->survey.nr_data_blocks,
					      (uint32_t)(x->survey.block_size / META_SECTOR_SIZE),
					      false);
	tool_say(tool, q->data, "warning: is smaller than the pool says; what is missing "
		 "becomes zeroes");
	return 0;
}

static int open_origin(struct extraction *x)
{
	const struct extract_request *q = x->request;
	struct stat st;

	if (!q->origin)
		return 0;
	x->origin = open(q->origin, O_RDONLY | O_CLOEXEC);
	if (x->origin < 0 || fstat(x->origin, &st)) {
		tool_say(tool, q->origin, "%s", strerror(errno));
		return -EUCLEAN;
	}
	x->origin_size = (uint64_t)st.st_size;
	if (S_ISREG(st.st_mode) ||
	    (S_ISBLK(st.st_mode) && !ioctl(x->origin, BLKGETSIZE64, &x->origin_size)))
		return 0;
	tool_say(tool, q->origin, "is neither a block device nor a regular file");
	return -EUCLEAN;
}

/* The second reading. */

static int copy_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	return extract_copy_runs(((struct extraction *)arg)->copy, runs, nr);
}

static int copy(struct extraction *x)
{
	static const struct thin_emit emit = {
		.pool_begin = note_pool, .device_begin = note_device, .runs = copy_runs,
	};
	struct extract_job job = {
		.request = x->request, .data = x->data, .origin = x->origin,
		.origin_size = x->origin_size, .target = &x->target,
		.block_size = x->survey.block_size, .begin = x->begin, .end = x->end,
		.progress = &x->progress,
	};
	int r;

	x->copy = extract_copy_new(&job);
	if (!x->copy)
		return -ENOMEM;
	x->progress.total = x->survey.nr_mapped * x->survey.block_size;
	tool_progress_begin("extracting", &x->progress);
	r = extract_map_tell(x->map, &emit, x);
	if (!r)
		r = extract_copy_end(x->copy);
	tool_progress_end();
	return r == -ECANCELED ? -EUCLEAN : r;
}

/* Status 1 when something of the volume is not there; the output is kept. */
static int tell_missing(const struct extraction *x)
{
	const struct extract_request *q = x->request;
	uint64_t missing = extract_copy_missing(x->copy);

	if (missing)
		tool_say(tool, q->output, "%" PRIu64 " bytes could not be read and are zeroes",
			 missing);
	if (!extract_map_is_short(x->map))
		return missing ? -EUCLEAN : 0;
	tool_say(tool, q->output, "mappings of device %" PRIu64 " are lost or older, as said "
		 "above; lost ones read as %s", q->dev_id.value,
		 q->origin ? "the origin" : "zeroes");
	return -EUCLEAN;
}

static int extract(struct extraction *x)
{
	const struct extract_request *q = x->request;
	int r = open_origin(x);

	if (!r)
		r = survey(x);
	if (!r)
		r = choose_range(x);
	if (!r && q->dry_run) {
		print_summary(x);
		return extract_map_is_short(x->map) ? -EUCLEAN : 0;
	}
	if (!r)
		r = open_data(x);
	if (!r)
		r = extract_target_open(&x->target, q, x->end - x->begin, x->begin);
	if (!r)
		r = copy(x);
	if (!r)
		r = extract_target_keep(&x->target, x->end - x->begin);
	return r ? r : tell_missing(x);
}

static int run(const struct extract_request *q)
{
	struct extraction x = { .request = q, .origin = -1, .target = { .fd = -1 } };
	int r;

	x.target.file.fd = -1;
	r = extract_map_open(&x.map, q);
	if (!r)
		r = extract(&x);
	extract_copy_free(x.copy);
	extract_target_close(&x.target);
	engine_close(x.data);
	if (x.origin >= 0)
		close(x.origin);
	extract_map_close(x.map);
	return r;
}

static int thin_extract_main(int argc, char **argv)
{
	struct extract_request q = { .metadata = NULL };
	const struct opt opts[] = {
		OPT_STRING(0, "metadata-dev", &q.metadata, "<device|file>",
			   "the pool's metadata, or XML of thin_dump"),
		OPT_STRING(0, "metadata", &q.metadata, "<device|file>", NULL),
		OPT_STRING(0, "data-dev", &q.data, "<device|file>", "the pool's data device"),
		OPT_STRING(0, "data", &q.data, "<device|file>", NULL),
		OPT_U32(0, "dev-id", &q.dev_id, "<id>", "the volume, by its thin device id"),
		OPT_STRING('o', "output", &q.output, "<device|file>",
			   "where its content goes; - is standard output"),
		OPT_STRING(0, "size", &q.size_word, "<size>",
			   "of the volume, in sectors or with a unit"),
		OPT_STRING(0, "range", &q.range_word, "<begin>..<end>",
			   "only this part of it, in sectors or with units"),
		OPT_STRING(0, "origin", &q.origin, "<device|file>",
			   "its external origin, which has what is not mapped"),
		OPT_MAYBE_U64('m', "metadata-snap", &q.metadata_snap, "<block>",
			      "read the metadata snapshot, at <block> if given"),
		OPT_FLAG('r', "repair", &q.repair,
			 "extract what can be saved from a damaged pool"),
		OPT_U64(0, "data-block-size", &q.overrides.data_block_size, "<sectors>",
			"with --repair, in place of what the superblock says"),
		OPT_U64(0, "nr-data-blocks", &q.overrides.nr_data_blocks, "<number>",
			"with --repair, in place of what the superblock says"),
		OPT_FLAG('f', "force", &q.force, "overwrite a file or device that is there"),
		OPT_FLAG(0, "dry-run", &q.dry_run, "print the mappings and the size"),
		OPT_U32(0, "threads", &q.threads, "<number>",
			"use so many threads (default: one for each processor)"),
		OPT_FLAG('q', "quiet", &q.quiet, "no progress and no messages"),
		OPT_END
	};
	int r = tool_start(tool, opts, argc, &argv);

	if (r != TOOL_RUN)
		return r;
	if (q.quiet)
		tool_be_quiet();
	if (extract_request_read(&q))
		return 1;
	return tool_status(tool, q.output ? q.output : q.metadata, run(&q));
}
