/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>

#include "conclude.h"
#include "thin_delta_request.h"
#include "thin_delta_text.h"

static int thin_delta_main(int argc, char **argv);

const struct tool thin_delta_tool = {
	.name = "thin_delta",
	.summary = "Writes how the mappings of two thin devices differ.",
	.operands = "{device|file}",
	.nr_operands = 1,
	.examples =
		"  thin_delta --thin1 7 --thin2 8 /dev/mapper/vg-pool_tmeta\n"
		"  thin_delta -m --snap1 7 --snap2 8 --only different,right_only "
		"/dev/mapper/vg-pool_tmeta\n",
	.main = thin_delta_main,
};

static int conclude(const struct thin_delta_request *q, const char *input, int r,
		    const struct fault *f)
{
	const char *which = f->found == q->roots[0].value && q->roots[0].set ? "1" : "2";

	if (r == -ENXIO)
		tool_say(&thin_delta_tool, input, "has no device %" PRIu32
			 "; thin_ls lists those that there are", f->dev_id);
	else if (r == -ERANGE)
		tool_say(&thin_delta_tool, input, "--root%s: block %" PRIu64
			 ", wanted one below %" PRIu64, which, f->found, f->wanted);
	else if (r == -EPIPE)
		return tool_status(&thin_delta_tool, input, r);
	else
		return conclude_status(&thin_delta_tool, input, r, f, &q->metadata_snap);
	return tool_status(&thin_delta_tool, input, -EUCLEAN);
}

static int compare(struct engine *e, struct thin_delta_request *q, const char *input)
{
	static struct thin_delta_text text;
	struct progress progress = { 0, 0 };
	struct fault f = { .dev_id = FAULT_NO_DEV };
	int r;

	q->opts.progress = &progress;
	text.sides = q->opts.sides;
	text.verbose = q->verbose;
	tool_progress_begin("comparing", &progress);
	r = thin_delta(e, &q->opts, *q->format == 'x' ? &thin_delta_xml : &thin_delta_json, &text,
		       &f);
	tool_progress_end();
	if (r == -EUCLEAN)
		thin_delta_text_flush(&text);
	return conclude(q, input, r, &f);
}

static int run(struct thin_delta_request *q, const char *input)
{
	unsigned flags = q->metadata_snap.set ? ENGINE_SHARED : ENGINE_READ;
	struct engine *e;
	int r;

	if (q->quiet)
		tool_be_quiet();
	if (thin_delta_request_read(q) || tool_open(&thin_delta_tool, input, flags, &e))
		return 1;
	r = compare(e, q, input);
	engine_close(e);
	return r;
}

static int thin_delta_main(int argc, char **argv)
{
	struct thin_delta_request q = { .format = "xml" };
	const struct opt opts[] = {
		OPT_U32(0, "thin1", &q.ids[0], "<id>", "the device on the left; also --snap1"),
		OPT_U32(0, "snap1", &q.ids[0], "<id>", NULL),
		OPT_U32(0, "thin2", &q.ids[1], "<id>", "the device on the right; also --snap2"),
		OPT_U32(0, "snap2", &q.ids[1], "<id>", NULL),
		OPT_U64(0, "root1", &q.roots[0], "<block>", "in place of --thin1: a mapping root"),
		OPT_U64(0, "root2", &q.roots[1], "<block>", "in place of --thin2: a mapping root"),
		OPT_MAYBE_U64('m', "metadata-snap", &q.metadata_snap, "<block>",
			      "read the metadata snapshot, which must be at <block> if given"),
		OPT_FLAG(0, "verbose", &q.verbose, "write data blocks as well"),
		OPT_WORD(0, "format", &q.format, "<format>", "xml (default) or json", "xml|json"),
		OPT_KNOWN(0, "only", &q.only, "<kinds>",
			  "some of same,different,left_only,right_only",
			  "same,different,left_only,right_only"),
		OPT_U32(0, "threads", &q.threads, "<number>",
			"use so many threads (default: one for each processor)"),
		OPT_FLAG('q', "quiet", &q.quiet, "say nothing on standard error"),
		OPT_END
	};
	int r = tool_start(&thin_delta_tool, opts, argc, &argv);

	return r == TOOL_RUN ? run(&q, argv[0]) : r;
}
