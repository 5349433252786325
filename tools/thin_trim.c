/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "data_device.h"
#include "thin_trim_words.h"
#include "tool.h"

static int thin_trim_main(int argc, char **argv);

const struct tool thin_trim_tool = {
	.name = "thin_trim",
	.summary = "Discards the data that no volume of an inactive thin pool needs.",
	.operands = "--metadata-dev {device|file} --data-dev {device|file}",
	.nr_operands = 0,
	.examples =
		"  thin_trim --dry-run --metadata-dev meta.img --data-dev data.img\n"
		"  thin_trim --metadata-dev /dev/mapper/vg-pool_tmeta "
		"--data-dev /dev/mapper/vg-pool_tdata\n",
	.is_offline = true,
	.meant = "data-dev version",
	.main = thin_trim_main,
};

struct options {
	const char *metadata;
	const char *data;
	bool dry_run;
	bool json;
	bool yes;
	bool verbose;
	bool quiet;
	struct opt_u64 threads;
};

static int trim(const struct options *o, struct thin_trim_words *w, struct engine *data,
		const struct thin_unused *u, const struct thin_check_report *check)
{
	struct progress progress = { 0, 0 };
	struct thin_trim_opts opts = { .dry_run = o->dry_run, .arg = w, .progress = &progress };
	struct thin_trim_report rep;
	int r;

	if (o->json || o->verbose)
		opts.tell = thin_trim_words_tell;
	thin_trim_words_begin(w, &check->sb, thin_unused_count(u));
	if (!o->verbose)
		tool_progress_begin("discarding", &progress);
	r = thin_trim(data, u, &opts, &rep);
	tool_progress_end();
	thin_trim_words_end(w, &rep, r);
	return r ? -EUCLEAN : 0;
}

static int run(const struct options *o, struct engine *metadata, struct engine *data)
{
	struct thin_trim_words w = {
		.tool = &thin_trim_tool, .metadata = o->metadata, .data = o->data,
		.json = o->json, .verbose = o->verbose, .dry_run = o->dry_run,
	};
	struct progress progress = { 0, 0 };
	struct thin_check_report *check = NULL;
	struct thin_unused *u = NULL;
	int r;

	tool_progress_begin("checking", &progress);
	r = thin_unused_find(metadata, (unsigned)o->threads.value, &progress, &u, &check);
	tool_progress_end();
	if (r == -EUCLEAN)
		thin_trim_words_refuse(&w, check);
	else if (r)
		tool_say(&thin_trim_tool, o->metadata, "%s", strerror(-r));
	if (!r)
		r = data_device_judge_size(&thin_trim_tool, o->data, data,
					   check->sb.data_sm.nr_blocks, check->sb.data_block_size,
					   o->yes);
	if (!r)
		r = trim(o, &w, data, u, check);
	thin_unused_free(u);
	thin_check_free(check);
	return r ? -EUCLEAN : 0;
}

static int open_and_run(const struct options *o)
{
	struct engine *metadata = NULL, *data = NULL;
	int r, closed;

	r = tool_open(&thin_trim_tool, o->metadata, ENGINE_READ, &metadata);
	if (!r)
		r = data_device_open(&thin_trim_tool, o->data, o->metadata,
				     o->dry_run ? ENGINE_READ : ENGINE_WRITE, o->yes, &data);
	if (!r)
		r = run(o, metadata, data);
	closed = engine_close(data);
	engine_close(metadata);
	return r ? r : closed;
}

static const char *find_mistake(const struct options *o)
{
	if (!o->metadata)
		return "missing option: --metadata-dev {device|file}";
	if (!o->data)
		return "missing option: --data-dev {device|file}";
	return NULL;
}

static int thin_trim_main(int argc, char **argv)
{
	struct options o = { .quiet = false };
	const struct opt opts[] = {
		OPT_STRING(0, "metadata-dev", &o.metadata, "<device|file>",
			   "the pool's metadata; only read"),
		OPT_STRING(0, "data-dev", &o.data, "<device|file>",
			   "the pool's data, in which unused blocks are discarded"),
		OPT_FLAG(0, "dry-run", &o.dry_run, "say what would be discarded, discard nothing"),
		OPT_FLAG(0, "json", &o.json, "print the ranges as JSON"),
		OPT_FLAG(0, "yes", &o.yes, "also if the data device is larger than the pool"),
		OPT_U32(0, "threads", &o.threads, "<number>",
			"use so many threads (default: one for each processor)"),
		OPT_FLAG('v', "verbose", &o.verbose, "list the ranges on standard error"),
		OPT_FLAG('q', "quiet", &o.quiet, "no progress and no messages"),
		OPT_END
	};
	int r;

	r = tool_start(&thin_trim_tool, opts, argc, &argv);
	if (r != TOOL_RUN)
		return r;
	if (tool_is_mistaken(&thin_trim_tool, o.quiet, find_mistake(&o)))
		return 1;
	return tool_status(&thin_trim_tool, o.data, open_and_run(&o));
}
