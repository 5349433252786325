/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conclude.h"
#include "thin_rmap_request.h"
#include "thin_rmap_text.h"

static int thin_rmap_main(int argc, char **argv);

const struct tool thin_rmap_tool = {
	.name = "thin_rmap",
	.summary = "Says which thin devices map given data blocks, and where.",
	.operands = "{device|file}",
	.nr_operands = 1,
	.examples =
		"  thin_rmap --region 0..64 /dev/mapper/vg-pool_tmeta\n"
		"  thin_rmap -m --region 100..101 --region 500..600 /dev/mapper/vg-pool_tmeta\n",
	.main = thin_rmap_main,
};

static int search(struct engine *e, const struct thin_rmap_request *q, const char *input)
{
	struct progress progress = { 0, 0 };
	struct thin_rmap_opts o = {
		.regions = q->regions, .nr_regions = q->nr_regions,
		.metadata_snap = q->metadata_snap.set,
		.metadata_snap_block = q->metadata_snap.has_value ? q->metadata_snap.value : 0,
		.nr_threads = (unsigned)q->threads.value,
		.progress = &progress,
	};
	struct thin_rmap_list list;
	struct fault f;
	int r;

	tool_progress_begin("searching", &progress);
	r = thin_rmap(e, &o, &list, &f);
	tool_progress_end();
	if (!r) {
		thin_rmap_print(&list, q->json);
		thin_rmap_free(&list);
	}
	return conclude_status(&thin_rmap_tool, input, r, &f, &q->metadata_snap);
}

static int run(const struct thin_rmap_request *q, const char *input)
{
	unsigned flags = q->metadata_snap.set ? ENGINE_SHARED : ENGINE_READ;
	struct engine *e;
	int r;

	if (tool_open(&thin_rmap_tool, input, flags, &e))
		return 1;
	r = search(e, q, input);
	engine_close(e);
	return r;
}

static int thin_rmap_main(int argc, char **argv)
{
	struct thin_rmap_request q = { .json = false };
	const struct opt opts[] = {
		OPT_STRINGS(0, "region", &q.words, "<B..E>",
			    "look for data blocks B to E, without E; may be repeated"),
		OPT_MAYBE_U64('m', "metadata-snap", &q.metadata_snap, "<block>",
			      "read the metadata snapshot, which must be at <block> if given"),
		OPT_FLAG(0, "json", &q.json, "print JSON"),
		OPT_U32(0, "threads", &q.threads, "<number>",
			"use so many threads (default: one for each processor)"),
		OPT_FLAG('q', "quiet", &q.quiet, "say nothing on standard error"),
		OPT_END
	};
	int r = tool_start(&thin_rmap_tool, opts, argc, &argv);

	if (r == TOOL_RUN) {
		if (q.quiet)
			tool_be_quiet();
		r = thin_rmap_request_read(&q) ? 1 : run(&q, argv[0]);
	}
	thin_rmap_request_exit(&q);
	return r;
}
