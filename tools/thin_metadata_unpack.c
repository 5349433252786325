/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "meta/format.h"
#include "meta/thin_pack.h"
#include "new_file.h"

struct options {
	const char *input;
	const char *output;
	struct opt_u64 threads;
	bool force;
	bool check;
	bool partial;
	bool quiet;
};

/* The pack as messages and as the system know it. */
struct input {
	const char *name;
	int fd;
	struct thin_unpacker *unpack;
};

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

static const struct tool *const tool = &thin_metadata_unpack_tool;

static int say_issue(const struct input *in, const struct thin_pack_issue *i)
{
	char text[THIN_PACK_ISSUE_TEXT_MAX];

	tool_say(tool, in->name, "%s", thin_pack_issue_text(i, text));
	return -EUCLEAN;
}

static int open_input(struct input *in, const char *path)
{
	struct thin_pack_issue issue;
	struct stat st;
	int r;

	in->name = path;
	if (strcmp(path, "-")) {
		in->fd = open(path, O_RDONLY | O_CLOEXEC);
	} else {
		in->name = "standard input";
		in->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	}
	if (in->fd < 0 || fstat(in->fd, &st)) {
		tool_say(tool, in->name, "%s", strerror(errno));
		return -EUCLEAN;
	}
	if (S_ISDIR(st.st_mode)) {
		tool_say(tool, in->name, "is a directory, wanted a file or a pipe");
		return -EUCLEAN;
	}
	r = thin_unpack_new(&in->unpack, in->fd, &issue);
	if (r == -EUCLEAN)
		return say_issue(in, &issue);
	if (r)
		tool_say(tool, in->name, "%s", strerror(-r));
	return r ? -EUCLEAN : 0;
}

static void close_input(struct input *in)
{
	thin_unpack_free(in->unpack);
	if (in->fd >= 0)
		close(in->fd);
}

static void warn(const struct input *in, const struct thin_pack_report *rep)
{
	if (rep->nr_unread)
		tool_say(tool, in->name, "warning: %" PRIu64 " blocks could not be read when this "
			 "was packed, the first of them is block %" PRIu64 "; they are zeroes now",
			 rep->nr_unread, rep->first_unread);
	if (!rep->has_checksum)
		tool_say(tool, in->name, "warning: has no checksum over the whole; whether all "
			 "blocks are there, thin_check can tell");
}

/* Unpacks to @e, or only checks.  0, or -EUCLEAN after the words. */
static int unpack(const struct options *o, const struct input *in, struct engine *e,
		  bool is_blank)
{
	struct progress progress = { 0, 0 };
	struct thin_pack_opts opts = {
		.nr_threads = (unsigned)o->threads.value, .partial = o->partial,
		.progress = &progress,
	};
	struct thin_pack_report rep;
	struct thin_pack_issue issue;
	int r;

	tool_progress_begin(e ? "unpacking" : "checking", &progress);
	r = thin_unpack(in->unpack, e, is_blank, &opts, &rep, &issue);
	tool_progress_end();
	if (r == -EUCLEAN) {
		say_issue(in, &issue);
		if (o->partial && e)
			tool_say(tool, o->output, "has %" PRIu64 " blocks of it, all that could "
				 "be unpacked; thin_repair may save what belongs together",
				 rep.nr_stored);
		return r;
	}
	if (r)
		tool_say(tool, e ? o->output : in->name, "%s", strerror(-r));
	else if (e || o->check)
		warn(in, &rep);
	return r ? -EUCLEAN : 0;
}

/* Before anything is lost, unless it is a pipe, which can be read but once. */
static int check_first(const struct options *o, struct input *in)
{
	struct thin_pack_issue issue;
	int r;

	if (o->partial || lseek(in->fd, 0, SEEK_CUR) < 0)
		return 0;
	r = unpack(o, in, NULL, false);
	if (r)
		return r;
	thin_unpack_free(in->unpack);
	in->unpack = NULL;
	if (lseek(in->fd, 0, SEEK_SET))
		return -errno;
	return thin_unpack_new(&in->unpack, in->fd, &issue);
}

static int say_too_small(const char *path, uint64_t found, uint64_t wanted)
{
	char found_text[UNITS_TEXT_MAX], wanted_text[UNITS_TEXT_MAX];

	tool_say(tool, path, "is too small: has %" PRIu64 " bytes (%s), wanted %" PRIu64 " (%s)",
		 found, units_bytes(found, found_text), wanted, units_bytes(wanted, wanted_text));
	return -EUCLEAN;
}

/* To a device, whatever is on it. */
static int unpack_to_device(const struct options *o, struct input *in)
{
	uint64_t size = thin_unpack_nr_blocks(in->unpack) * META_BLOCK_SIZE;
	struct engine *e = NULL;
	int r, closed;

	r = tool_open_output(tool, o->output, &e);
	if (!r && engine_size(e) < size)
		r = say_too_small(o->output, engine_size(e), size);
	if (!r && !tool_may_overwrite(tool, o->output, o->force))
		r = -EUCLEAN;
	if (!r)
		r = check_first(o, in);
	if (!r)
		r = unpack(o, in, e, false);
	closed = engine_close(e);
	return r ? r : closed;
}

/* To a new file, which then takes the place of what has the name. */
static int unpack_to_file(const struct options *o, struct input *in)
{
	uint64_t size = thin_unpack_nr_blocks(in->unpack) * META_BLOCK_SIZE;
	struct new_file f = { .fd = -1 };
	struct engine *e = NULL;
	int r;

	if (!tool_may_overwrite(tool, o->output, o->force))
		return -EUCLEAN;
	r = new_file_open(&f, tool, o->output);
	if (!r && !f.temporary) {
		tool_say(tool, o->output, "is no regular file, wanted a block device or a file");
		r = -EUCLEAN;
	}
	if (!r && ftruncate(f.fd, (off_t)size))
		r = -errno;
	if (!r)
		r = engine_open(&e, f.temporary, ENGINE_WRITE);
	if (!r)
		r = unpack(o, in, e, true);
	engine_close(e);
	if (!r || (r == -EUCLEAN && o->partial && e)) {
		int kept = new_file_keep(&f);

		r = r ? r : kept;
	}
	new_file_close(&f);
	return r;
}

static bool is_device(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISBLK(st.st_mode);
}

static int run(const struct options *o)
{
	struct input in = { .fd = -1 };
	int r = 0;

	if (!o->check && tool_is_taken(tool, o->output, o->input, "the input"))
		return -EUCLEAN;
	r = open_input(&in, o->input);
	if (!r && o->check)
		r = unpack(o, &in, NULL, false);
	else if (!r)
		r = is_device(o->output) ? unpack_to_device(o, &in) : unpack_to_file(o, &in);
	close_input(&in);
	return r;
}

static const char *find_mistake(const struct options *o)
{
	if (!o->input || !*o->input)
		return "an input is needed: -i FILE, or -i - for standard input";
	if ((!o->output || !*o->output) && !o->check)
		return "an output is needed: -o {device|file}, or --check";
	return NULL;
}

static int thin_metadata_unpack_main(int argc, char **argv)
{
	struct options o = { .quiet = false };
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
	int r = tool_start(tool, opts, argc, &argv);

	if (r != TOOL_RUN)
		return r;
	if (tool_is_mistaken(tool, o.quiet, find_mistake(&o)))
		return 1;
	return tool_status(tool, o.output ? o.output : o.input, run(&o));
}
