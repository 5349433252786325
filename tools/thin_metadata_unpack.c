/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_metadata_unpack.h"

#include "thin_metadata_unpack_output.h"

static int thin_metadata_unpack_main(int argc, char **argv);

const struct tool thin_metadata_unpack_tool = {
	.name = "thin_metadata_unpack",
	.summary = "Makes metadata, byte by byte, from a file of thin_metadata_pack.",
	.operands = "-i <file> -o {device|file}",
	.nr_operands = 0,
	.examples =
		"  thin_metadata_unpack -i pool.pack -o metadata.img\n"
		"  thin_metadata_unpack --check -i pool.pack\n"
		"  thin_metadata_unpack --partial -i damaged.pack -o metadata.img\n",
	.main = thin_metadata_unpack_main,
};

static int run(const struct unpack_request *o)
{
	struct unpack_input in = { .in = { .fd = -1 } };
	int r = unpack_input_open(&in, o->input);

	if (!r && !o->check)
		r = input_refuse_as_output(&in.in, o->output);
	if (!r)
		r = o->check ? unpack_input_unpack(&in, o, NULL, false) :
			       unpack_output_write(o, &in);
	unpack_input_close(&in);
	return r;
}

static const char *find_mistake(const struct unpack_request *o)
{
	if (!o->input)
		return "missing option: -i FILE, or -i - for standard input";
	if (!o->output && !o->check)
		return "missing option: -o {device|file}, or --check";
	return NULL;
}

static int thin_metadata_unpack_main(int argc, char **argv)
{
	struct unpack_request o = { .quiet = false };
	const struct opt opts[] = {
		OPT_STRING('i', "input", &o.input, "<file>",
			   "packed metadata; - is standard input"),
		OPT_STRING('o', "output", &o.output, "<device|file>",
			   "where the metadata goes; a file is made"),
		OPT_FLAG('f', "force", &o.force, "do not ask before metadata is overwritten"),
		OPT_FLAG(0, "check", &o.check, "only check that all is there, write nothing"),
		OPT_FLAG(0, "partial", &o.partial, "unpack what is sound of a damaged file"),
		OPT_U32(0, "threads", &o.threads, "<number>",
			"use so many threads (default: one for each processor)"),
		OPT_FLAG('q', "quiet", &o.quiet, "no progress and no messages"),
		OPT_END
	};
	int r = tool_start(&thin_metadata_unpack_tool, opts, argc, &argv);

	if (r != TOOL_RUN)
		return r;
	if (tool_is_mistaken(&thin_metadata_unpack_tool, o.quiet, find_mistake(&o)))
		return 1;
	return tool_status(&thin_metadata_unpack_tool, o.output ? o.output : o.input, run(&o));
}
