/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "meta/format.h"
#include "meta/thin_dump.h"
#include "thin_dump_request.h"
#include "thin_repair_words.h"

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

/* 0 or more, or a negative errno that has been told. */
static int open_output(const struct thin_dump_request *q, const char *input)
{
	int fd;

	if (!q->output)
		return STDOUT_FILENO;
	if (tool_is_taken(&thin_dump_tool, q->output, input, "the input"))
		return -EINVAL;
	fd = open(q->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd >= 0)
		return fd;
	tool_say(&thin_dump_tool, q->output, "%s", strerror(errno));
	return -EINVAL;
}

/* Late errors of network file systems and quotas come only now. */
static int close_output(const struct thin_dump_request *q, int fd, int r)
{
	if (q->output && close(fd) && !r)
		return -errno;
	return r;
}

static void warn(const struct thin_dump_request *q, const char *input, const bool *found)
{
	for (size_t i = 0; found && i < q->dev_ids.nr; i++)
		if (!found[i])
			tool_say(&thin_dump_tool, input,
				 "warning: there is no device %" PRIu64, q->dev_ids.values[i]);
}

/* Puts @r into words; returns the exit status. */
static int conclude(const struct thin_dump_request *q, const char *input, int r,
		    const struct fault *f)
{
	const char *output = q->output ? q->output : "standard output";

	switch (r) {
	case -EUCLEAN:
		tool_say_fault(&thin_dump_tool, input, f);
		break;
	case -ENODATA:
		tool_say(&thin_dump_tool, input, "has no metadata snapshot; "
			 "\"dmsetup message POOL 0 reserve_metadata_snap\" makes one");
		break;
	case -ESTALE:
		tool_say(&thin_dump_tool, input, "the metadata snapshot is not at block %" PRIu64,
			 q->metadata_snap.value);
		break;
	default:
		return tool_status(&thin_dump_tool, r == -ENOMEM ? NULL : output, r);
	}
	return tool_status(&thin_dump_tool, input, -EUCLEAN);
}

/* The metadata snapshot's trees, if the snapshot itself can be read. */
static int find_roots(struct engine *e, const struct thin_dump_request *q,
		      struct thin_repair_opts *o, struct fault *f)
{
	struct thin_sb live, held;
	int r = thin_sb_read(e, false, &live, f);

	r = r ? r : thin_sb_read(e, true, &held, f);
	if (r)
		return r;
	if (q->metadata_snap.has_value && live.held_root != q->metadata_snap.value)
		return -ESTALE;
	o->has_mapping_root = o->has_details_root = true;
	o->mapping_root = held.mapping_root;
	o->details_root = held.details_root;
	return 0;
}

/* With --repair: what can be saved takes the place of the metadata. */
static int salvage(struct engine *e, const struct thin_dump_request *q, const char *input,
		   struct thin_load_opts *o, struct thin_salvage **s)
{
	struct thin_repair_opts opts = { .overrides = o->overrides, .nr_threads = o->nr_threads };
	struct fault f;
	int r = 0;

	if (o->metadata_snap)
		r = find_roots(e, q, &opts, &f);
	if (r)
		return conclude(q, input, r, &f);
	r = thin_salvage_new(e, &opts, s);
	if (r)
		return tool_status(&thin_dump_tool, input,
				   thin_repair_say_failure(&thin_dump_tool, input, r));
	thin_repair_print_words(&thin_dump_tool, input, NULL, thin_salvage_report(*s));
	o->overrides = (struct thin_overrides){ .has_transaction_id = false };
	o->metadata_snap = false;
	o->metadata_snap_block = 0;
	return 0;
}

static int dump(struct engine *e, const struct thin_dump_request *q, const char *input)
{
	enum thin_dump_format format = *q->format == 'x' ? THIN_DUMP_XML : THIN_DUMP_HUMAN;
	struct thin_load_opts o = thin_dump_request_opts(q);
	struct progress progress = { 0, 0 };
	struct thin_salvage *s = NULL;
	struct fault f;
	int fd, r;

	if (q->repair && salvage(e, q, input, &o, &s))
		return 1;
	fd = open_output(q, input);
	if (fd < 0) {
		thin_salvage_free(s);
		return 1;
	}
	o.progress = &progress;
	o.dev_found = calloc(q->dev_ids.nr + 1, sizeof(*o.dev_found));
	tool_progress_begin("dumping", &progress);
	if (!o.dev_found)
		r = -ENOMEM;
	else
		r = s ? thin_salvage_dump(s, fd, format, &o, &f) :
			thin_dump(e, fd, format, &o, &f);
	tool_progress_end();
	r = close_output(q, fd, r);
	if (!r)
		warn(q, input, o.dev_found);
	free(o.dev_found);
	thin_salvage_free(s);
	return conclude(q, input, r, &f);
}

static int run(const struct thin_dump_request *q, const char *input)
{
	unsigned flags = q->metadata_snap.set ? ENGINE_SHARED : ENGINE_READ;
	struct engine *e;
	int r;

	if (tool_is_mistaken(&thin_dump_tool, q->quiet, thin_dump_request_mistake(q)))
		return 1;
	if (tool_open(&thin_dump_tool, input, flags, &e))
		return 1;
	r = dump(e, q, input);
	engine_close(e);
	return r;
}

static int thin_dump_main(int argc, char **argv)
{
	struct thin_dump_request q = { .format = "xml" };
	const struct opt opts[] = {
		OPT_KNOWN('f', "format", &q.format, "<format>", "xml (default) or human_readable",
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
		OPT_U32(0, "data-block-size", &q.overrides.data_block_size, "<sectors>",
			"write this data block size"),
		OPT_U64(0, "nr-data-blocks", &q.overrides.nr_data_blocks, "<number>",
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
