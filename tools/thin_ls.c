/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conclude.h"
#include "thin_ls_fields.h"
#include "tool.h"

static int thin_ls_main(int argc, char **argv);

const struct tool thin_ls_tool = {
	.name = "thin_ls",
	.summary = "Lists the devices of a thin pool and how much each of them takes.",
	.operands = "{device|file}",
	.nr_operands = 1,
	.examples =
		"  thin_ls /dev/mapper/vg-pool_tmeta\n"
		"  thin_ls -m --no-headers -o DEV,EXCLUSIVE_BYTES /dev/mapper/vg-pool_tmeta\n"
		"  thin_ls -o DEV,TRANSACTION,CREATE_TIME /dev/mapper/vg-pool_tmeta\n",
	.main = thin_ls_main,
};

/* What the command line said. */
struct request {
	const char *format;
	struct opt_u64 metadata_snap;
	struct opt_u64 threads;
	bool no_headers;
	bool json;
	bool quiet;
	struct thin_ls_columns columns;
};

static int mistake(const char *word, size_t len)
{
	char names[THIN_LS_NAMES_MAX];

	tool_say(&thin_ls_tool, NULL,
		 "--format: found \"%.*s\", wanted one of %s; try thin_ls --help", (int)len, word,
		 thin_ls_columns_names(names, ' '));
	return 1;
}

static int list(struct engine *e, const struct request *q, const char *input)
{
	struct progress progress = { 0, 0 };
	struct thin_ls_opts o = {
		.depth = q->columns.depth,
		.metadata_snap = q->metadata_snap.set,
		.metadata_snap_block = q->metadata_snap.has_value ? q->metadata_snap.value : 0,
		.nr_threads = (unsigned)q->threads.value,
		.progress = &progress,
	};
	struct thin_ls_list devices;
	struct fault f;
	int r;

	tool_progress_begin("counting", &progress);
	r = thin_ls(e, &o, &devices, &f);
	tool_progress_end();
	if (!r && q->json)
		thin_ls_print_json(&q->columns, &devices);
	else if (!r)
		thin_ls_print(&q->columns, &devices, !q->no_headers);
	if (!r)
		thin_ls_free(&devices);
	return conclude_status(&thin_ls_tool, input, r, &f, &q->metadata_snap);
}

static int run(struct request *q, const char *input)
{
	unsigned flags = q->metadata_snap.set ? ENGINE_SHARED : ENGINE_READ;
	const char *word;
	struct engine *e;
	size_t len;
	int r;

	if (q->quiet)
		tool_be_quiet();
	word = thin_ls_columns_parse(&q->columns, q->format, &len);
	if (word)
		return mistake(word, len);
	if (tool_open(&thin_ls_tool, input, flags, &e))
		return 1;
	r = list(e, q, input);
	engine_close(e);
	return r;
}

static int thin_ls_main(int argc, char **argv)
{
	struct request q = { .format = "DEV,MAPPED,CREATE_TIME,SNAP_TIME" };
	char names[THIN_LS_NAMES_MAX];
	const struct opt opts[] = {
		OPT_KNOWN('o', "format", &q.format, "<fields>",
			  "print these fields, with commas between them",
			  thin_ls_columns_names(names, ',')),
		OPT_FLAG(0, "no-headers", &q.no_headers, "leave out the names of the fields"),
		OPT_FLAG(0, "json", &q.json, "print JSON"),
		OPT_MAYBE_U64('m', "metadata-snap", &q.metadata_snap, "<block>",
			      "read the metadata snapshot, which must be at <block> if given"),
		OPT_U32(0, "threads", &q.threads, "<number>",
			"use so many threads (default: one for each processor)"),
		OPT_FLAG('q', "quiet", &q.quiet, "say nothing on standard error"),
		OPT_END
	};
	int r = tool_start(&thin_ls_tool, opts, argc, &argv);

	return r == TOOL_RUN ? run(&q, argv[0]) : r;
}
