/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/units.h"
#include "meta/format.h"
#include "thin_repair_words.h"
#include "tool.h"

struct options {
	const char *input;
	const char *output;
	const char *report;
	bool quiet;
	bool strict;
	bool dry_run;
	bool list_roots;
	struct opt_u64 roots;
	struct opt_u64 mapping_root;
	struct opt_u64 details_root;
	struct opt_u64 transaction_id;
	struct opt_u64 data_block_size;
	struct opt_u64 nr_data_blocks;
	struct opt_u64 threads;
};

static int thin_repair_main(int argc, char **argv);

const struct tool thin_repair_tool = {
	.name = "thin_repair",
	.summary = "Saves what can be saved from damaged metadata of a thin pool.",
	.operands = "-i {device|file} -o {device|file}",
	.nr_operands = 0,
	.examples =
		"  thin_repair --dry-run -i /dev/mapper/vg-pool_meta0\n"
		"  thin_repair -i damaged.img -o new.img --report lost.json\n"
		"  thin_repair --list-roots -i damaged.img\n",
	.main = thin_repair_main,
};

static int open_output(const struct options *o, struct engine **e)
{
	int r;

	*e = NULL;
	if (!o->output)
		return 0;
	if (tool_is_same_file(o->input, o->output)) {
		tool_say(&thin_repair_tool, o->output,
			 "is the input as well, wanted another device or file");
		return -EUCLEAN;
	}
	r = engine_open(e, o->output, ENGINE_WRITE | ENGINE_DIRECT);
	if (r == -EISDIR || r == -ENOTBLK)
		tool_say(&thin_repair_tool, o->output,
			 "is %s, wanted a block device or a regular file",
			 r == -EISDIR ? "a directory" : "neither");
	else if (r == -EBUSY)
		tool_say(&thin_repair_tool, o->output, "%s: the kernel, a mount or another program "
			 "holds it; deactivate the pool first", strerror(EBUSY));
	else if (r == -ENOENT)
		tool_say(&thin_repair_tool, o->output, "%s; an output must exist and be large "
			 "enough, as with \"truncate -s 16M FILE\"", strerror(ENOENT));
	else if (r)
		tool_say(&thin_repair_tool, o->output, "%s", strerror(-r));
	return r ? -EUCLEAN : 0;
}

static struct thin_repair_opts make_opts(const struct options *o, struct progress *progress)
{
	return (struct thin_repair_opts){
		.overrides = {
			.has_transaction_id = o->transaction_id.set,
			.has_data_block_size = o->data_block_size.set,
			.has_nr_data_blocks = o->nr_data_blocks.set,
			.transaction_id = o->transaction_id.value,
			.data_block_size = (uint32_t)o->data_block_size.value,
			.nr_data_blocks = o->nr_data_blocks.value,
		},
		.has_mapping_root = o->mapping_root.set,
		.has_details_root = o->details_root.set,
		.mapping_root = o->mapping_root.value,
		.details_root = o->details_root.value,
		.nr_threads = (unsigned)o->threads.value,
		.progress = progress,
	};
}

static void say_needs(const struct options *o, const struct thin_repair_report *rep)
{
	char needed[UNITS_TEXT_MAX], found[UNITS_TEXT_MAX];

	units_bytes(rep->nr_needed * META_BLOCK_SIZE, needed);
	if (!o->output)
		printf("metadata blocks needed: %" PRIu64 " (%s)\n", rep->nr_needed, needed);
	else
		tool_say(&thin_repair_tool, o->output, "is too small: has %" PRIu64 " blocks (%s), "
			 "wanted %" PRIu64 " (%s)", rep->nr_found,
			 units_bytes(rep->nr_found * META_BLOCK_SIZE, found), rep->nr_needed,
			 needed);
}

static int write_report(const struct options *o, const struct thin_repair_report *rep)
{
	FILE *to;
	int r = 0;

	if (!o->report)
		return 0;
	to = fopen(o->report, "we");
	if (to) {
		thin_repair_print_json(to, o->input, rep);
		if (ferror(to))
			r = -EIO;
		if (fclose(to) && !r)
			r = -errno;
	} else {
		r = -errno;
	}
	if (!r)
		return 0;
	tool_say(&thin_repair_tool, o->report, "%s", strerror(-r));
	return -EUCLEAN;
}

static int list_roots(const struct options *o, struct engine *in)
{
	struct thin_repair_opts opts = make_opts(o, NULL);
	struct thin_roots *roots = NULL;
	size_t nr;
	int r = thin_roots_find(in, &opts, &roots, &nr);

	if (!r)
		thin_repair_print_roots(roots, nr);
	free(roots);
	return r;
}

/* --roots names a pair by its number in the list. */
static int look_up_roots(struct options *o, struct engine *in)
{
	struct thin_repair_opts opts = make_opts(o, NULL);
	struct thin_roots *roots = NULL;
	size_t nr = 0;
	int r;

	if (!o->roots.set)
		return 0;
	r = thin_roots_find(in, &opts, &roots, &nr);
	if (!r && o->roots.value >= nr) {
		tool_say(&thin_repair_tool, o->input, "--roots: there is no number %" PRIu64
			 " in the list of --list-roots", o->roots.value);
		r = -EUCLEAN;
	} else if (!r) {
		o->mapping_root = (struct opt_u64){
			.set = true, .has_value = true,
			.value = roots[o->roots.value].mapping_root,
		};
		o->details_root = (struct opt_u64){
			.set = true, .has_value = true,
			.value = roots[o->roots.value].details_root,
		};
	}
	free(roots);
	return r;
}

static int repair(const struct options *o, struct engine *in, struct engine *out)
{
	struct progress progress = { 0, 0 };
	struct thin_repair_opts opts = make_opts(o, &progress);
	struct thin_salvage *s = NULL;
	const struct thin_repair_report *rep;
	struct fault f;
	int r, told;

	tool_progress_begin("reading", &progress);
	r = thin_salvage_new(in, &opts, &s);
	tool_progress_end();
	if (r)
		return thin_repair_say_failure(&thin_repair_tool, o->input, r);
	rep = thin_salvage_report(s);
	tool_progress_begin(out ? "writing" : "measuring", &progress);
	r = thin_salvage_write(s, out, &f);
	tool_progress_end();
	thin_repair_print_words(&thin_repair_tool, o->input, rep);
	if (r == -EUCLEAN)
		tool_say_fault(&thin_repair_tool, o->input, &f);
	if (r == -ENOSPC && rep->nr_needed > rep->nr_found) {
		say_needs(o, rep);
		r = -EUCLEAN;
	}
	if (!r && !out && !o->quiet)
		say_needs(o, rep);
	told = write_report(o, rep);
	if (!r && o->strict && thin_repair_is_changed(rep))
		r = -EUCLEAN;
	thin_salvage_free(s);
	return r ? r : told;
}

static int run(struct options *o)
{
	struct engine *in = NULL, *out = NULL;
	int r, closed;

	r = tool_open(&thin_repair_tool, o->input, ENGINE_READ, &in);
	if (!r && o->list_roots)
		r = list_roots(o, in);
	else if (!r) {
		r = o->dry_run ? 0 : open_output(o, &out);
		if (o->dry_run)
			o->output = NULL;
		r = r ? r : look_up_roots(o, in);
		r = r ? r : repair(o, in, out);
	}
	closed = engine_close(out);
	engine_close(in);
	return r ? r : closed;
}

static const char *find_mistake(const struct options *o)
{
	if (!o->input || !*o->input)
		return "an input is needed: -i {device|file}";
	if ((!o->output || !*o->output) && !o->dry_run && !o->list_roots)
		return "an output is needed: -o {device|file}, or --dry-run";
	if (o->mapping_root.set != o->details_root.set)
		return "--mapping-root and --details-root go together";
	if (o->roots.set && o->mapping_root.set)
		return "--roots and --mapping-root do not go together";
	return tool_find_bad_override(&o->data_block_size, &o->nr_data_blocks);
}

static int thin_repair_main(int argc, char **argv)
{
	struct options o = { .quiet = false };
	const struct opt opts[] = {
		OPT_STRING('i', "input", &o.input, "<device|file>", "damaged metadata; only read"),
		OPT_STRING('o', "output", &o.output, "<device|file>",
			   "where the metadata goes; what is there is lost"),
		OPT_STRING(0, "report", &o.report, "<file>", "write all findings there, as JSON"),
		OPT_FLAG(0, "strict", &o.strict, "status 1 if anything is lost or doubtful"),
		OPT_FLAG(0, "dry-run", &o.dry_run, "say what would be saved, write nothing"),
		OPT_FLAG(0, "list-roots", &o.list_roots, "list older transactions on the disk"),
		OPT_U64(0, "roots", &o.roots, "<number>", "repair to this one of the list"),
		OPT_U64(0, "mapping-root", &o.mapping_root, "<block>",
			"begin at this top-level tree"),
		OPT_U64(0, "details-root", &o.details_root, "<block>",
			"and at this details tree"),
		OPT_U64(0, "transaction-id", &o.transaction_id, "<number>",
			"in place of what the superblock says"),
		OPT_U64(0, "data-block-size", &o.data_block_size, "<sectors>",
			"in place of what the superblock says"),
		OPT_U64(0, "nr-data-blocks", &o.nr_data_blocks, "<number>",
			"in place of what the superblock says"),
		OPT_U32(0, "threads", &o.threads, "<number>",
			"use so many threads (default: one for each processor)"),
		OPT_FLAG('q', "quiet", &o.quiet, "no progress and no messages"),
		OPT_END
	};
	const char *mistake;
	int r;

	r = tool_start(&thin_repair_tool, opts, argc, &argv);
	if (r != TOOL_RUN)
		return r;
	if (o.quiet)
		tool_be_quiet();
	mistake = find_mistake(&o);
	if (mistake) {
		tool_say(&thin_repair_tool, NULL, "%s", mistake);
		return 1;
	}
	return tool_status(&thin_repair_tool, o.output && !o.dry_run ? o.output : o.input,
			   run(&o));
}
