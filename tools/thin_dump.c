/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "conclude.h"
#include "thin_dump_output.h"
#include "thin_dump_salvage.h"

static int thin_dump_main(int argc, char **argv);

const struct tool thin_dump_tool = {
	.name = "thin_dump",
	.summary = "Writes the metadata of a thin pool as text.",
	.operands = "{device|file}",
	.nr_operands = 1,
	.examples =
		"  thin_dump -o pool.xml /dev/mapper/vg-pool_tmeta\n"
		"  thin_dump --metadata-snap --dev-id 7 /dev/mapper/vg-pool_tmeta\n",
	.meant = "dev-id",
	.main = thin_dump_main,
};

static void warn(const struct thin_dump_request *q, const char *input, const bool *found)
{
	for (size_t i = 0; found && i < q->dev_ids.nr; i++)
		if (!found[i])
			tool_say(&thin_dump_tool, input,
				 "warning: there is no device %" PRIu64, q->dev_ids.values[i]);
}

/* What writing gave is the output's. */
static int conclude(const struct thin_dump_request *q, const char *input, struct new_file *out,
		    int r, const struct fault *f)
{
	r = r ? conclude_tell(&thin_dump_tool, input, r, f, &q->metadata_snap) :
		new_file_keep(out, false);
	r = tool_status(&thin_dump_tool, r == -ENOMEM ? NULL : out->path, r);
	new_file_close(out);
	return r;
}

static int dump(struct engine *e, const struct thin_dump_request *q, const char *input)
{
	enum thin_dump_format format = *q->format == 'x' ? THIN_DUMP_XML : THIN_DUMP_HUMAN;
	struct thin_load_opts o = thin_dump_request_opts(q);
	struct progress progress = { 0, 0 };
	struct thin_salvage *s = NULL;
	struct new_file out;
	struct fault f;
	int r;

	if (q->repair && thin_dump_salvage(e, q, input, &o, &s))
		return 1;
	if (thin_dump_output_open(&out, q, input)) {
		thin_salvage_free(s);
		return 1;
	}
	o.progress = &progress;
	o.dev_found = calloc(q->dev_ids.nr + 1, sizeof(*o.dev_found));
	tool_progress_begin("dumping", &progress);
	if (!o.dev_found)
		r = -ENOMEM;
	else
		r = s ? thin_salvage_dump(s, out.fd, format, &o, &f) :
			thin_dump(e, out.fd, format, &o, &f);
	tool_progress_end();
	if (!r)
		warn(q, input, o.dev_found);
	free(o.dev_found);
	thin_salvage_free(s);
	return conclude(q, input, &out, r, &f);
}

static int run(const struct thin_dump_request *q, const char *input)
{
	unsigned flags = q->metadata_snap.set ? ENGINE_SHARED : ENGINE_READ;
	struct engine *e;
	int r;

	if (q->quiet)
		tool_be_quiet();
	if (tool_open(&thin_dump_tool, input, flags, &e))
		return 1;
	r = dump(e, q, input);
	engine_close(e);
	return r;
}

static int thin_dump_main(int argc, char **argv)
{
	static struct thin_dump_request q = { .format = "xml" };
	static const struct opt opts[] = {
		OPT_WORD('f', "format", &q.format, "<format>", "xml (default) or human_readable",
			  "xml|human_readable"),
		OPT_STRING('o', "output", &q.output, "<file>",
			   "write to this file instead of standard output"),
		OPT_MAYBE_U64('m', "metadata-snap", &q.metadata_snap, "<block>",
			      "read the metadata snapshot, which must be at <block> if given"),
		OPT_LIST(0, "dev-id", &q.dev_ids, "<id>", "only this device; may be repeated"),
		OPT_FLAG(0, "skip-mappings", &q.skip_mappings, "devices without their mappings"),
		OPT_FLAG(0, "expand", &q.expand,
			 "write shared mappings out for each device, without def and ref"),
		OPT_U64(0, "transaction-id", &q.overrides.transaction_id, "<number>",
			"write this transaction id"),
		OPT_DATA_BLOCK_SIZE(0, "data-block-size", &q.overrides.data_block_size,
			"write this data block size"),
		OPT_NR_DATA_BLOCKS(0, "nr-data-blocks", &q.overrides.nr_data_blocks,
			"write this size of the data device"),
		OPT_U32(0, "threads", &q.threads, "<number>",
			"use so many threads (default: one for each processor)"),
		OPT_FLAG('q', "quiet", &q.quiet, "say nothing on standard error"),
		OPT_FLAG('r', "repair", &q.repair,
			 "dump what can be saved from damaged metadata"),
		OPT_END
	};
	int r = tool_start(&thin_dump_tool, opts, argc, &argv);

	if (r == TOOL_RUN)
		r = run(&q, argv[0]);
	free(q.dev_ids.values);
	return r;
}
