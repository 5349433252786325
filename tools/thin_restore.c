/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "meta/format.h"
#include "meta/thin_restore.h"
#include "overrides.h"

struct options {
	bool quiet;
	const char *input;
	const char *output;
	struct opt_overrides overrides;
};

/* The input as messages and as the system know it. */
struct input {
	const char *name;
	const char *path;
	int fd;
};

static void say_issue(const struct input *in, const struct thin_issue *i, const char *kind)
{
	char text[THIN_ISSUE_TEXT_MAX], where[4096];

	if (i->line)
		snprintf(where, sizeof(where), "%s:%" PRIu64, in->name, i->line);
	else
		snprintf(where, sizeof(where), "%s", in->name);
	tool_say(&thin_restore_tool, where, "%s%s", kind, thin_issue_text(i, text));
}

static void warn(void *arg, const struct thin_issue *i)
{
	tool_progress_end();
	say_issue(arg, i, "warning: ");
}

static int open_input(struct input *in, const char *output)
{
	struct stat st;

	if (tool_is_same_file(in->path, output)) {
		tool_say(&thin_restore_tool, in->name, "is the output as well, wanted two files");
		return -EUCLEAN;
	}
	in->fd = open(in->path, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0 || fstat(in->fd, &st)) {
		tool_say(&thin_restore_tool, in->name, "%s", strerror(errno));
		return -EUCLEAN;
	}
	if (S_ISDIR(st.st_mode)) {
		tool_say(&thin_restore_tool, in->name, "is a directory, wanted a file or a pipe");
		return -EUCLEAN;
	}
	return 0;
}

static void say_too_small(const char *path, const struct thin_restore_report *rep)
{
	char needed[UNITS_TEXT_MAX], found[UNITS_TEXT_MAX];

	tool_say(&thin_restore_tool, path, "is too small: has %" PRIu64 " blocks (%s), "
		 "wanted %s%" PRIu64 " (%s)", rep->nr_found,
		 units_bytes(rep->nr_found * META_BLOCK_SIZE, found),
		 rep->is_least ? "at least " : "", rep->nr_needed,
		 units_bytes(rep->nr_needed * META_BLOCK_SIZE, needed));
}

static int restore(struct engine *e, struct input *in, const struct options *o)
{
	const char *dir = getenv("TMPDIR");
	struct progress progress = { 0, 0 };
	struct thin_restore_opts opts = {
		.overrides = overrides_read(&o->overrides),
		.spool_dir = dir && *dir ? dir : "/tmp",
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
		say_issue(in, &rep.issue, "");
	if (r == -ENOSPC && rep.nr_needed)
		say_too_small(o->output, &rep);
	else if (rep.is_input && r != -EUCLEAN)
		tool_say(&thin_restore_tool, in->name, "%s", strerror(-r));
	else
		return r;
	return -EUCLEAN;
}

static int run(const struct options *o)
{
	bool is_stdin = !strcmp(o->input, "-");
	struct input in = {
		.name = is_stdin ? "standard input" : o->input,
		.path = is_stdin ? "/dev/stdin" : o->input, .fd = -1,
	};
	struct engine *e = NULL;
	int r, closed;

	r = tool_open_output(&thin_restore_tool, o->output, &e);
	if (!r)
		r = open_input(&in, o->output);
	if (!r)
		r = restore(e, &in, o);
	if (in.fd >= 0)
		close(in.fd);
	closed = engine_close(e);
	return r ? r : closed;
}

static const char *find_mistake(const struct options *o)
{
	if (!o->input || !*o->input)
		return "an input is needed: -i FILE, or -i - for standard input";
	if (!o->output || !*o->output)
		return "an output is needed: -o {device|file}";
	return overrides_mistake(&o->overrides);
}

static int thin_restore_main(int argc, char **argv)
{
	struct options o = { .quiet = false };
	const struct opt opts[] = {
		OPT_STRING('i', "input", &o.input, "<file>", "the XML; - is standard input"),
		OPT_STRING('o', "output", &o.output, "<device|file>",
			   "where the metadata goes; what is there is lost"),
		OPT_FLAG('q', "quiet", &o.quiet, "no progress and no messages"),
		OPT_U64(0, "transaction-id", &o.overrides.transaction_id, "<number>",
			"in place of what the XML says"),
		OPT_U64(0, "data-block-size", &o.overrides.data_block_size, "<sectors>",
			"in place of what the XML says"),
		OPT_U64(0, "nr-data-blocks", &o.overrides.nr_data_blocks, "<number>",
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
