/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data_device.h"
#include "thin_shrink_files.h"
#include "thin_shrink_words.h"
#include "tool.h"

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

struct options {
	const char *input;
	const char *output;
	const char *data;
	struct opt_u64 nr_blocks;
	struct opt_u64 threads;
	bool binary;
	bool no_copy;
	bool dry_run;
	bool resume;
	bool verify;
	bool yes;
	bool quiet;
};

/* What is open. */
struct files {
	struct engine *in;		/* metadata, */
	struct engine *out;
	int in_fd;			/* or XML */
	struct shrink_output xml;
	struct engine *data;
};

static int open_files(const struct options *o, struct files *f)
{
	bool copies = !o->no_copy && !o->dry_run;
	int r;

	r = o->binary ? tool_open(&thin_shrink_tool, o->input, ENGINE_READ, &f->in) :
			shrink_input_open(&thin_shrink_tool, o->input, &f->in_fd);
	if (!r && !o->dry_run &&
	    (tool_is_taken(&thin_shrink_tool, o->output, o->input, "the input") ||
	     tool_is_taken(&thin_shrink_tool, o->output, o->data, "the data")))
		r = -EUCLEAN;
	if (!r && !o->dry_run)
		r = o->binary ? tool_open_output(&thin_shrink_tool, o->output, &f->out) :
				shrink_output_open(&thin_shrink_tool, o->output, &f->xml);
	if (!r && o->data && !o->no_copy)
		r = data_device_open(&thin_shrink_tool, o->data, o->input,
				     copies ? ENGINE_WRITE | ENGINE_DIRECT : ENGINE_READ, o->yes,
				     &f->data);
	return r;
}

static int close_files(struct files *f, int r)
{
	int closed;

	if (f->in_fd >= 0)
		close(f->in_fd);
	engine_close(f->in);
	closed = engine_close(f->data);
	r = r ? r : closed;
	closed = engine_close(f->out);
	r = r ? r : closed;
	return shrink_output_close(&f->xml, r);
}

static int copy(const struct options *o, struct files *f, struct thin_shrink *s)
{
	struct progress progress = { 0, 0 };
	struct thin_shrink_copy_opts opts = {
		.nr_threads = (unsigned)o->threads.value, .resume = o->resume,
		.verify = o->verify, .progress = &progress,
	};
	struct thin_shrink_copied copied;
	int r;

	tool_progress_begin("copying", &progress);
	r = thin_shrink_copy(s, f->data, &opts, &copied);
	tool_progress_end();
	return r ? thin_shrink_say_not_copied(&thin_shrink_tool, o->data, &copied, r) : 0;
}

/* All that can go wrong is found out before the first byte is written. */
static int carry_out(const struct options *o, struct files *f, struct thin_shrink *s,
		     const struct thin_shrink_report *rep)
{
	int r = thin_shrink_measure(s, f->out);

	if (r == -ENOSPC)
		return thin_shrink_say_too_small(&thin_shrink_tool, o->output, rep);
	if (!r && f->data)
		r = data_device_judge_size(&thin_shrink_tool, o->data, f->data,
					   rep->pool.nr_data_blocks, rep->pool.data_block_size,
					   o->yes);
	if (!r && o->dry_run) {
		if (!o->quiet)
			thin_shrink_print_plan(rep, o->nr_blocks.value);
		return 0;
	}
	if (!r && rep->drops_metadata_snap)
		tool_say(&thin_shrink_tool, o->input,
			 "warning: the metadata snapshot is left out");
	if (!r && !o->no_copy)
		r = copy(o, f, s);
	if (r)
		return r;
	return o->binary ? thin_shrink_write(s, f->out) :
			   shrink_output_write(&f->xml, s);
}

static int run(const struct options *o, struct files *f)
{
	const char *dir = getenv("TMPDIR");
	struct progress progress = { 0, 0 };
	struct thin_shrink_opts opts = {
		.nr_data_blocks = o->nr_blocks.value, .nr_threads = (unsigned)o->threads.value,
		.spool_dir = dir && *dir ? dir : "/tmp",
		.warn = thin_shrink_warn, .warn_arg = (void *)(uintptr_t)o->input,
		.progress = &progress,
	};
	struct thin_check_report *check = NULL;
	struct thin_shrink_report rep;
	struct thin_shrink *s = NULL;
	int r;

	tool_progress_begin("reading", &progress);
	r = o->binary ? thin_shrink_new(f->in, &opts, &s, &rep, &check) :
			thin_shrink_new_xml(f->in_fd, &opts, &s, &rep);
	tool_progress_end();
	if (r)
		r = thin_shrink_say_no_plan(&thin_shrink_tool, o->input, o->nr_blocks.value, &rep,
					    check, r);
	else
		r = carry_out(o, f, s, &rep);
	thin_shrink_free(s);
	thin_check_free(check);
	return r;
}

static const char *find_mistake(const struct options *o)
{
	if (!o->input || !*o->input)
		return "an input is needed: -i FILE";
	if ((!o->output || !*o->output) && !o->dry_run)
		return "an output is needed: -o FILE, or --dry-run";
	if ((!o->data || !*o->data) && !o->dry_run && !o->no_copy)
		return "the data is needed: --data {device|file}, or --dry-run, or --no-copy";
	if (!o->nr_blocks.set || !o->nr_blocks.value)
		return "the new size is needed: --nr-blocks, at least 1";
	return NULL;
}

static int thin_shrink_main(int argc, char **argv)
{
	struct options o = { .quiet = false };
	const struct opt opts[] = {
		OPT_STRING('i', "input", &o.input, "<file>",
			   "the pool as XML, or as metadata; only read"),
		OPT_STRING('o', "output", &o.output, "<file>",
			   "where the smaller pool goes; what is there is lost"),
		OPT_STRING(0, "data", &o.data, "<device|file>",
			   "the pool's data; only unused blocks are written"),
		OPT_U64(0, "nr-blocks", &o.nr_blocks, "<number>", "the new size, in data blocks"),
		OPT_FLAG(0, "binary", &o.binary, "input and output are metadata, not XML"),
		OPT_FLAG(0, "dry-run", &o.dry_run, "say what would be moved, write nothing"),
		OPT_FLAG(0, "no-copy", &o.no_copy, "write the metadata only, leave the data"),
		OPT_FLAG(0, "resume", &o.resume, "copy only what is not there already"),
		OPT_FLAG(0, "verify", &o.verify, "read all copies again and compare"),
		OPT_FLAG(0, "yes", &o.yes, "also if the data device is larger than the pool"),
		OPT_U32(0, "threads", &o.threads, "<number>",
			"use so many threads (default: one for each processor)"),
		OPT_FLAG('q', "quiet", &o.quiet, "no progress and no messages"),
		OPT_END
	};
	struct files f = { .in_fd = -1, .xml.fd = -1 };
	int r;

	r = tool_start(&thin_shrink_tool, opts, argc, &argv);
	if (r != TOOL_RUN)
		return r;
	if (tool_is_mistaken(&thin_shrink_tool, o.quiet, find_mistake(&o)))
		return 1;
	r = open_files(&o, &f);
	r = r ? r : run(&o, &f);
	return tool_status(&thin_shrink_tool, o.dry_run ? o.input : o.output, close_files(&f, r));
}
