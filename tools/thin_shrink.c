/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "data_device.h"
#include "thin_shrink_files.h"
#include "thin_shrink_words.h"
#include "too_small.h"

static int thin_shrink_main(int argc, char **argv);

const struct tool thin_shrink_tool = {
	.name = "thin_shrink",
	.summary = "Makes an inactive thin pool fit on a smaller data device.",
	.operands = "-i <file> -o <file> --data {device|file} --nr-blocks <number>",
	.nr_operands = 0,
	.examples =
		"  thin_shrink --binary --dry-run -i /dev/mapper/vg-pool_tmeta --nr-blocks 81920\n"
		"  thin_shrink --binary -i meta.img -o new.img --data /dev/sdb --nr-blocks 81920\n"
		"  thin_shrink -i pool.xml -o new.xml --data /dev/sdb --nr-blocks 81920\n",
	.is_offline = true,
	.main = thin_shrink_main,
};

static int copy(const struct shrink_request *q, struct shrink_files *f, struct thin_shrink *s)
{
	struct progress progress = { 0, 0 };
	struct thin_shrink_copy_opts opts = {
		.nr_threads = (unsigned)q->threads.value, .resume = q->resume,
		.verify = q->verify, .progress = &progress,
	};
	struct thin_shrink_copied copied;
	int r;

	tool_progress_begin("copying", &progress);
	r = thin_shrink_copy(s, f->data, &opts, &copied);
	tool_progress_end();
	return r ? thin_shrink_say_not_copied(&thin_shrink_tool, q->data, &copied, r) : 0;
}

/* All that can go wrong is found out before the first byte is written. */
static int carry_out(const struct shrink_request *q, struct shrink_files *f, struct thin_shrink *s,
		     const struct thin_shrink_report *rep)
{
	int r = thin_shrink_measure(s, f->out);

	if (r == -ENOSPC)
		return too_small_say_blocks(&thin_shrink_tool, q->output,
					    &(struct too_small){ rep->nr_found, rep->nr_needed,
								 false });
	if (!r && f->data)
		r = data_device_judge_size(&thin_shrink_tool, q->data, f->data,
					   rep->pool.nr_data_blocks, rep->pool.data_block_size,
					   q->yes);
	if (!r && q->dry_run) {
		if (!q->quiet)
			thin_shrink_print_plan(rep, q->nr_blocks.value);
		return 0;
	}
	if (!r && rep->drops_metadata_snap)
		tool_say(&thin_shrink_tool, q->input,
			 "warning: the metadata snapshot is left out");
	if (!r && !q->no_copy)
		r = copy(q, f, s);
	if (r)
		return r;
	return q->binary ? thin_shrink_write(s, f->out) :
			   shrink_files_write_xml(f, s);
}

static int run(const struct shrink_request *q, struct shrink_files *f)
{
	struct progress progress = { 0, 0 };
	struct thin_shrink_opts opts = {
		.nr_data_blocks = q->nr_blocks.value, .nr_threads = (unsigned)q->threads.value,
		.spool_dir = tool_temporary_dir(),
		.warn = thin_shrink_warn, .warn_arg = (void *)(uintptr_t)q->input,
		.progress = &progress,
	};
	struct thin_check_report *check = NULL;
	struct thin_shrink_report rep;
	struct thin_shrink *s = NULL;
	int r;

	tool_progress_begin("reading", &progress);
	r = q->binary ? thin_shrink_new(f->in, &opts, &s, &rep, &check) :
			thin_shrink_new_xml(f->xml_in.fd, &opts, &s, &rep);
	tool_progress_end();
	if (r)
		r = thin_shrink_say_no_plan(&thin_shrink_tool, q->input, q->nr_blocks.value, &rep,
					    check, r);
	else
		r = carry_out(q, f, s, &rep);
	thin_shrink_free(s);
	thin_check_free(check);
	return r;
}

static int thin_shrink_main(int argc, char **argv)
{
	struct shrink_request q = { .quiet = false };
	const struct opt opts[] = {
		OPT_STRING('i', "input", &q.input, "<file>",
			   "the pool as XML, or as metadata; only read"),
		OPT_STRING('o', "output", &q.output, "<file>",
			   "where the smaller pool goes; what is there is lost"),
		OPT_STRING(0, "data", &q.data, "<device|file>",
			   "the pool's data; only unused blocks are written"),
		OPT_U64(0, "nr-blocks", &q.nr_blocks, "<number>", "the new size, in data blocks"),
		OPT_FLAG(0, "binary", &q.binary, "input and output are metadata, not XML"),
		OPT_FLAG(0, "dry-run", &q.dry_run, "say what would be moved, write nothing"),
		OPT_FLAG(0, "no-copy", &q.no_copy, "write the metadata only, leave the data"),
		OPT_FLAG(0, "resume", &q.resume, "copy only what is not there already"),
		OPT_FLAG(0, "verify", &q.verify, "read all copies again and compare"),
		OPT_FLAG(0, "yes", &q.yes, "also if the data device is larger than the pool"),
		OPT_U32(0, "threads", &q.threads, "<number>",
			"use so many threads (default: one for each processor)"),
		OPT_FLAG('q', "quiet", &q.quiet, "no progress and no messages"),
		OPT_END
	};
	struct shrink_files f = { .xml_in.fd = -1, .xml.fd = -1 };
	int r;

	r = tool_start(&thin_shrink_tool, opts, argc, &argv);
	if (r != TOOL_RUN)
		return r;
	if (tool_is_mistaken(&thin_shrink_tool, q.quiet, shrink_request_mistake(&q)))
		return 1;
	r = shrink_files_open(&f, &q);
	r = r ? r : run(&q, &f);
	r = shrink_files_close(&f, r);
	return tool_status(&thin_shrink_tool, q.dry_run ? q.input : q.output, r);
}
