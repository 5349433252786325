/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "meta/format.h"
#include "meta/thin_pack.h"
#include "new_file.h"

struct options {
	const char *input;
	const char *output;
	struct opt_u64 threads;
	bool force;
	bool quiet;
};

static int thin_metadata_pack_main(int argc, char **argv);

const struct tool thin_metadata_pack_tool = {
	.name = "thin_metadata_pack",
	.summary = "Packs metadata into a small file, from which it comes back byte by byte.",
	.operands = "-i {device|file} -o <file>",
	.nr_operands = 0,
	.examples =
		"  thin_metadata_pack -i /dev/mapper/vg-pool_tmeta -o pool.pack\n"
		"  thin_metadata_pack -i metadata.img -o - | ssh host 'cat >pool.pack'\n",
	.is_offline = true,
	.main = thin_metadata_pack_main,
};

/* Whatever could not be packed; 0 if that is nothing. */
static int tell(const struct options *o, const struct thin_pack_report *rep, uint64_t size)
{
	const struct tool *tool = &thin_metadata_pack_tool;

	if (size % META_BLOCK_SIZE)
		tool_say(tool, o->input, "warning: the last %" PRIu64 " bytes are less than a "
			 "block and not packed", size % META_BLOCK_SIZE);
	if (!rep->nr_unread)
		return 0;
	tool_say(tool, o->input, "%" PRIu64 " blocks cannot be read, the first of them is block %"
		 PRIu64 "; all others are in the pack, and it notes which are missing",
		 rep->nr_unread, rep->first_unread);
	return -EUCLEAN;
}

static int pack(const struct options *o, struct engine *e, struct new_file *f)
{
	struct progress progress = { 0, 0 };
	struct thin_pack_opts opts = {
		.nr_threads = (unsigned)o->threads.value, .progress = &progress,
	};
	struct thin_pack_report rep;
	int r, told;

	tool_progress_begin("packing", &progress);
	r = thin_pack(e, f->fd, &opts, &rep);
	tool_progress_end();
	if (r == -EOVERFLOW) {
		tool_say(&thin_metadata_pack_tool, o->input,
			 "has %" PRIu64 " blocks, far more than metadata can have", rep.nr_blocks);
		return -EUCLEAN;
	}
	if (r)
		return r;
	told = tell(o, &rep, engine_size(e));
	r = new_file_keep(f, true);
	return r ? r : told;
}

static int run(const struct options *o)
{
	const struct tool *tool = &thin_metadata_pack_tool;
	struct new_file f = { .fd = -1 };
	struct engine *e = NULL;
	int r;

	if (tool_is_taken(tool, o->output, o->input, "the input"))
		return -EUCLEAN;
	r = tool_open_any(tool, o->input, &e);
	if (!r && !tool_may_overwrite(tool, o->output, o->force))
		r = -EUCLEAN;
	if (!r)
		r = new_file_open(&f, tool, o->output, 0666);
	if (!r && new_file_is_terminal(&f))
		r = -EUCLEAN;
	r = r ? r : new_file_begin(&f);
	if (!r)
		r = pack(o, e, &f);
	engine_close(e);
	return new_file_end(&f, r);
}

static const char *find_mistake(const struct options *o)
{
	if (!o->input)
		return "missing option: -i {device|file}";
	if (!o->output)
		return "missing option: -o FILE, or -o - for standard output";
	return NULL;
}

static int thin_metadata_pack_main(int argc, char **argv)
{
	struct options o = { .quiet = false };
	const struct opt opts[] = {
		OPT_STRING('i', "input", &o.input, "<device|file>", "metadata; only read"),
		OPT_STRING('o', "output", &o.output, "<file>",
			   "the file to make; - is standard output"),
		OPT_FLAG('f', "force", &o.force, "do not ask before metadata is overwritten"),
		OPT_U32(0, "threads", &o.threads, "<number>",
			"use so many threads (default: one for each processor)"),
		OPT_FLAG('q', "quiet", &o.quiet, "no progress and no messages"),
		OPT_END
	};
	int r = tool_start(&thin_metadata_pack_tool, opts, argc, &argv);

	if (r != TOOL_RUN)
		return r;
	if (tool_is_mistaken(&thin_metadata_pack_tool, o.quiet, find_mistake(&o)))
		return 1;
	return tool_status(&thin_metadata_pack_tool,
			   strcmp(o.output, "-") ? o.output : "standard output", run(&o));
}
