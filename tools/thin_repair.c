/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "meta/format.h"
#include "thin_repair_lvm.h"
#include "thin_repair_roots.h"
#include "thin_repair_words.h"
#include "too_small.h"

static int thin_repair_main(int argc, char **argv);

const struct tool thin_repair_tool = {
	.name = "thin_repair",
	.summary = "Saves what can be saved from damaged metadata of a thin pool.",
	.operands = "-i {device|file} -o {device|file}",
	.nr_operands = 0,
	.examples =
		"  thin_repair --dry-run -i /dev/mapper/vg-pool_meta0\n"
		"  thin_repair -i damaged.img -o new.img --report lost.json\n"
		"  thin_repair --list-roots -i damaged.img\n"
		"  thin_repair --transaction 7 -i vg-pool_tmeta.img -o new.img\n"
		"  thin_repair --lvm-backup /etc/lvm/backup/vg -i damaged.img -o new.img\n",
	.is_offline = true,
	.meant = "transaction-id data-block-size",
	.main = thin_repair_main,
};

/* How large the output has to be. */
static void say_needs(const struct thin_repair_request *q, const struct engine *out,
		      const struct thin_repair_report *rep)
{
	const struct too_small s = { rep->nr_found, rep->nr_needed, false };
	char needed[UNITS_TEXT_MAX];

	if (!out)
		printf("metadata blocks needed: %" PRIu64 " (%s)\n", rep->nr_needed,
		       units_bytes(rep->nr_needed * META_BLOCK_SIZE, needed));
	else
		too_small_say_blocks(&thin_repair_tool, q->output, &s);
}

static int repair(const struct thin_repair_request *q, struct engine *in, struct engine *out,
		  struct new_file *report)
{
	struct progress progress = { 0, 0 };
	struct thin_repair_opts opts = thin_repair_request_opts(q, &progress);
	const struct thin_repair_report *rep;
	struct thin_salvage *s = NULL;
	struct fault f;
	int r, told;

	tool_progress_begin("reading", &progress);
	r = thin_salvage_new(in, &opts, &s);
	tool_progress_end();
	if (r) {
		r = thin_repair_lvm_say_failure(q, r);
		thin_repair_close_report(q, report, NULL);
		return r;
	}
	rep = thin_salvage_report(s);
	tool_progress_begin(out ? "writing" : "measuring", &progress);
	r = thin_salvage_write(s, out, &f);
	tool_progress_end();
	thin_repair_print_words(&thin_repair_tool, q->input, &q->pool, rep);
	thin_repair_lvm_compare(q, rep);
	if (r == -EUCLEAN)
		tool_say_fault(&thin_repair_tool, q->input, &f);
	if (r == -ENOSPC && rep->nr_needed > rep->nr_found) {
		say_needs(q, out, rep);
		r = -EUCLEAN;
	}
	/* What goes to standard output as well has it. */
	if (!r && !out && !q->quiet && !(q->report && !strcmp(q->report, "-")))
		say_needs(q, out, rep);
	told = thin_repair_close_report(q, report, rep);
	if (!r && q->strict && thin_repair_is_changed(rep))
		r = -EUCLEAN;
	thin_salvage_free(s);
	return r ? r : told;
}

static int run(struct thin_repair_request *q)
{
	struct engine *in = NULL, *out = NULL;
	struct new_file report;
	int r, closed;

	r = thin_repair_lvm_read(q);
	r = r ? r : tool_open(&thin_repair_tool, q->input, ENGINE_READ, &in);
	r = r ? r : thin_repair_request_check_files(q);
	if (!r && q->list_roots) {
		r = thin_repair_list_roots(q, in);
	} else if (!r) {
		if (!q->dry_run)
			r = tool_open_output(&thin_repair_tool, q->output, &out);
		r = r ? r : thin_repair_look_up_roots(q, in);
		r = r ? r : thin_repair_open_report(q, &report);
		r = r ? r : repair(q, in, out, &report);
	}
	closed = engine_close(out);
	engine_close(in);
	lvm_pool_exit(&q->pool);
	return r ? r : closed;
}

static int thin_repair_main(int argc, char **argv)
{
	static struct thin_repair_request q = { .quiet = false };
	static const struct opt opts[] = {
		OPT_STRING('i', "input", &q.input, "<device|file>", "damaged metadata; only read"),
		OPT_STRING('o', "output", &q.output, "<device|file>",
			   "where the metadata goes; what is there is lost"),
		OPT_STRING(0, "report", &q.report, "<file>", "write all findings there, as JSON"),
		OPT_FLAG(0, "strict", &q.strict, "status 1 if anything is lost or doubtful"),
		OPT_FLAG(0, "dry-run", &q.dry_run, "say what would be saved, write nothing"),
		OPT_FLAG(0, "list-roots", &q.list_roots, "list older transactions on the disk"),
		OPT_U64(0, "transaction", &q.transaction, "<number>", "repair to this transaction"),
		OPT_U64(0, "roots", &q.roots, "<number>", "repair to this one of the list"),
		OPT_U64(0, "mapping-root", &q.mapping_root, "<block>",
			"begin at this top-level tree"),
		OPT_U64(0, "details-root", &q.details_root, "<block>", "and at this details tree"),
		OPT_STRING(0, "lvm-backup", &q.lvm_backup, "<file>",
			   "lvm2's backup: sizes if the superblock is lost; names"),
		OPT_STRING(0, "lvm-pool", &q.lvm_pool, "<name>",
			   "the pool in it, if it has several"),
		OPT_U64(0, "transaction-id", &q.overrides.transaction_id, "<number>",
			"in place of what the superblock says"),
		OPT_DATA_BLOCK_SIZE(0, "data-block-size", &q.overrides.data_block_size,
			"in place of what the superblock says"),
		OPT_NR_DATA_BLOCKS(0, "nr-data-blocks", &q.overrides.nr_data_blocks,
			"in place of what the superblock says"),
		OPT_U32(0, "threads", &q.threads, "<number>",
			"use so many threads (default: one for each processor)"),
		OPT_FLAG('q', "quiet", &q.quiet, "no progress and no messages"),
		OPT_END
	};
	int r;

	r = tool_start(&thin_repair_tool, opts, argc, &argv);
	if (r != TOOL_RUN)
		return r;
	if (tool_is_mistaken(&thin_repair_tool, q.quiet, thin_repair_request_mistake(&q)))
		return 1;
	return tool_status(&thin_repair_tool, q.output && !q.dry_run ? q.output : q.input,
			   run(&q));
}
