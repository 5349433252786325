/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "input.h"
#include "overrides.h"
#include "too_small.h"
#include "xml_words.h"

struct options {
	bool quiet;
	const char *input;
	const char *output;
	struct opt_overrides overrides;
};

static void warn(void *arg, const struct thin_issue *i)
{
	xml_words_warn(&thin_restore_tool, ((const struct input *)arg)->name, i);
}

static int say_too_small(const char *path, const struct thin_restore_report *rep)
{
	const struct too_small s = { rep->nr_found, rep->nr_needed, rep->is_least };

	return too_small_say_blocks(&thin_restore_tool, path, &s);
}

static int restore(struct engine *e, struct input *in, const struct options *o)
{
	struct progress progress = { 0, 0 };
	struct thin_restore_opts opts = {
		.overrides = overrides_read(&o->overrides),
		.spool_dir = tool_temporary_dir(),
		.warn = warn,
		.warn_arg = in,
		.progress = &progress,
	};
	struct thin_restore_report rep;
	int r;

	tool_progress_begin("restoring", &progress);
	r = thin_restore(e, in->fd, &opts, &rep);
	tool_progress_end();
	if (r == -EUCLEAN)
		xml_words_say(&thin_restore_tool, in->name, &rep.issue);
	if (r == -ENOSPC && rep.nr_needed)
		return say_too_small(o->output, &rep);
	if (rep.is_input && r != -EUCLEAN)
		tool_say(&thin_restore_tool, in->name, "%s", strerror(-r));
	else
		return r;
	return -EUCLEAN;
}

static int run(const struct options *o)
{
	struct input in = { .fd = -1 };
	struct engine *e = NULL;
	int r, closed;

	r = tool_open_output(&thin_restore_tool, o->output, &e);
	if (!r)
		r = input_open(&in, &thin_restore_tool, o->input, false);
	if (!r)
		r = input_refuse_as_output(&in, o->output);
	if (!r)
		r = tool_want_xml(&thin_restore_tool, in.name, in.fd,
				  "\"thin_repair -i THIS -o OUTPUT\" copies what is sound of it, "
				  "thin_dump makes XML of it");
	if (!r)
		r = restore(e, &in, o);
	input_close(&in);
	closed = engine_close(e);
	return r ? r : closed;
}

static const char *find_mistake(const struct options *o)
{
	if (!o->input)
		return "missing option: -i FILE, or -i - for standard input";
	if (!o->output)
		return "missing option: -o {device|file}";
	return NULL;
}

static int thin_restore_main(int argc, char **argv)
{
	static struct options o = { .quiet = false };
	static const struct opt opts[] = {
		OPT_STRING('i', "input", &o.input, "<file>", "the XML; - is standard input"),
		OPT_STRING('o', "output", &o.output, "<device|file>",
			   "where the metadata goes; what is there is lost"),
		OPT_FLAG('q', "quiet", &o.quiet, "no progress and no messages"),
		OPT_U64(0, "transaction-id", &o.overrides.transaction_id, "<number>",
			"in place of what the XML says"),
		OPT_DATA_BLOCK_SIZE(0, "data-block-size", &o.overrides.data_block_size,
			"in place of what the XML says"),
		OPT_NR_DATA_BLOCKS(0, "nr-data-blocks", &o.overrides.nr_data_blocks,
			"in place of what the XML says"),
		OPT_END
	};
	int r;

	r = tool_start(&thin_restore_tool, opts, argc, &argv);
	if (r != TOOL_RUN)
		return r;
	if (tool_is_mistaken(&thin_restore_tool, o.quiet, find_mistake(&o)))
		return 1;
	return tool_status(&thin_restore_tool, o.output, run(&o));
}

const struct tool thin_restore_tool = {
	.name = "thin_restore",
	.summary = "Makes the metadata of a thin pool from XML.",
	.operands = "-i <file> -o {device|file}",
	.nr_operands = 0,
	.examples =
		"  thin_restore -i pool.xml -o /dev/mapper/vg-pool_tmeta\n"
		"  thin_dump metadata.img | thin_restore -i - -o new.img\n",
	.main = thin_restore_main,
};
