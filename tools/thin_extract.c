/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_extract.h"

#include <errno.h>
#include <inttypes.h>

#include "thin_extract_copy.h"

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
	struct extract_source source;
	struct extract_target target;
	uint64_t missing;		/* bytes that became zeroes */
};

static int copy(struct extraction *x)
{
	struct progress progress = { 0, x->survey.nr_mapped * x->survey.block_size };
	struct extract_job job = {
		.request = x->request, .survey = &x->survey, .source = &x->source,
		.target = &x->target, .progress = &progress,
	};
	int r;

	tool_progress_begin("extracting", &progress);
	r = extract_copy(&job, x->map, &x->missing);
	tool_progress_end();
	return r;
}

/* Status 1 when something of the volume is not there; the output is kept. */
static int tell_missing(const struct extraction *x)
{
	const struct extract_request *q = x->request;

	if (x->missing)
		tool_say(tool, q->output, "%" PRIu64 " bytes could not be read and are zeroes",
			 x->missing);
	if (!extract_map_is_short(x->map))
		return x->missing ? -EUCLEAN : 0;
	tool_say(tool, q->output, "mappings of device %" PRIu64 " are lost or older, as said "
		 "above; lost ones read as %s", q->dev_id.value,
		 q->origin ? "the origin" : "zeroes");
	return -EUCLEAN;
}

static int extract(struct extraction *x)
{
	const struct extract_request *q = x->request;
	struct extract_survey *s = &x->survey;
	int r = extract_source_open_origin(&x->source, q);

	if (!r)
		r = extract_survey_take(s, q, x->map);
	if (!r)
		r = extract_survey_choose(s, x->source.origin_size);
	if (!r && q->dry_run) {
		extract_survey_print(s);
		return extract_map_is_short(x->map) ? -EUCLEAN : 0;
	}
	if (!r)
		r = extract_source_open_data(&x->source, q, s);
	if (!r)
		r = extract_target_open(&x->target, q, s->end - s->begin, s->begin);
	if (!r)
		r = copy(x);
	if (!r)
		r = extract_target_keep(&x->target, s->end - s->begin);
	return r ? r : tell_missing(x);
}

static int run(const struct extract_request *q)
{
	struct extraction x = { .request = q, .source = { .origin = -1 }, .target = { .fd = -1 } };
	int r;

	x.target.file.fd = -1;
	r = extract_map_open(&x.map, q);
	if (!r)
		r = extract(&x);
	r = extract_target_close(&x.target, r);
	extract_source_close(&x.source);
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
		OPT_NUMBER(0, "dev-id", &q.dev_id, "<id>", "the volume, by its thin device id",
			   THIN_MAX_DEV_ID, 0),
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
		OPT_DATA_BLOCK_SIZE(0, "data-block-size", &q.overrides.data_block_size,
			"in place of what XML, or with --repair the superblock, says"),
		OPT_NR_DATA_BLOCKS(0, "nr-data-blocks", &q.overrides.nr_data_blocks,
			"in place of what XML, or with --repair the superblock, says"),
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
