/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "conclude.h"
#include "thin_check_json.h"
#include "thin_check_mend.h"
#include "thin_check_request.h"
#include "thin_check_words.h"

static int check(struct engine *e, const struct thin_check_request *q,
		 struct thin_check_report **rep)
{
	struct progress progress = { 0, 0 };
	struct thin_check_opts opts = thin_check_request_opts(q);
	int r;

	opts.progress = &progress;
	if (!q->quiet && !q->json)
		opts.accepted = thin_check_print_accepted;
	tool_progress_begin("checking", &progress);
	r = thin_check(e, &opts, rep);
	tool_progress_end();
	return r;
}

/*
 * Writes what was asked for, after a check that found nothing worse than that
 * can mend.  lvm2 passes --clear-needs-check-flag at every activation, so that
 * repairs leaks too; otherwise pools with harmless ones would not start.
 */
static int judge(const char *path, struct engine *e, const struct thin_check_request *q,
		 const struct thin_check_report *rep)
{
	bool good = thin_check_is_good(rep, thin_check_is_mending(q) || q->ignore_non_fatal);
	struct mend m = {
		.rebuild = q->rebuild, .nr_threads = (unsigned)q->threads.value, .undo = q->undo,
	};
	int r = 0;

	if (thin_check_is_mending(q) && (good || q->rebuild)) {
		r = mend_do(&m, path, e, rep);
		good = good || q->rebuild;
	}
	if (q->json && !q->quiet)
		thin_check_print_json(stdout, path, rep, good && !r, m.done);
	else if (!q->quiet)
		thin_check_print_words(path, rep, q->explain, m.done);
	if (q->undo && !m.done && good && !r)
		tool_say(&thin_check_tool, path, "there was nothing to write, so there is no undo "
			 "file");
	return good && !r ? 0 : -EUCLEAN;
}

static int run(const char *path, const struct thin_check_request *q)
{
	unsigned flags = q->metadata_snap.set ? ENGINE_SHARED :
			 thin_check_is_mending(q) ? ENGINE_WRITE : ENGINE_READ;
	struct thin_check_report *rep = NULL;
	struct engine *e = NULL;
	int r, closed;

	if (q->apply_undo)
		return mend_undo(path, q->apply_undo);
	r = tool_open(&thin_check_tool, path, flags, &e);
	if (r)
		return r;
	r = thin_check_request_check_roots(q, path, engine_nr_blocks(e));
	r = r ? r : check(e, q, &rep);
	if (r == -ENODATA) {
		r = conclude_tell(&thin_check_tool, path, r, NULL, &q->metadata_snap);
	} else if (!r) {
		r = thin_check_request_has_other_snapshot(q, path, rep) ? -EUCLEAN :
									 judge(path, e, q, rep);
		thin_check_free(rep);
	}
	closed = engine_close(e);
	return r ? r : closed;
}

static int thin_check_main(int argc, char **argv)
{
	static struct thin_check_request q = { .quiet = false };
	static const struct opt opts[] = {
		OPT_FLAG('q', "quiet", &q.quiet, "say nothing, just set the exit status"),
		OPT_FLAG(0, "super-block-only", &q.super_block_only, "check only the superblock"),
		OPT_FLAG(0, "skip-mappings", &q.skip_mappings,
			 "check the devices, not what they map"),
		OPT_FLAG(0, "ignore-non-fatal-errors", &q.ignore_non_fatal,
			 "leaks and stale totals do not fail the check"),
		OPT_FLAG(0, "clear-needs-check-flag", &q.clear_needs_check,
			 "after a good check clear the flag, repair leaks"),
		OPT_FLAG(0, "auto-repair", &q.auto_repair,
			 "repair leaks and stale totals, clear the flag"),
		OPT_FLAG(0, "rebuild-space-maps", &q.rebuild,
			 "make the space maps anew if anything is wrong"),
		OPT_STRING(0, "undo", &q.undo, "<file>",
			   "first save here what will be overwritten"),
		OPT_STRING(0, "apply-undo", &q.apply_undo, "<file>",
			   "put back what was saved, nothing else"),
		OPT_MAYBE_U64('m', "metadata-snap", &q.metadata_snap, "<block>",
			      "check the metadata snapshot of a live pool"),
		OPT_MAYBE_U64(0, "metadata-snapshot", &q.metadata_snap, NULL, NULL),
		OPT_U64(0, "override-mapping-root", &q.mapping_root, "<block>",
			"start from this mapping root"),
		OPT_U64(0, "override-details-root", &q.details_root, "<block>",
			"start from this device details root"),
		OPT_FLAG(0, "json", &q.json, "print everything found as one JSON object"),
		OPT_FLAG(0, "explain", &q.explain, "say what it means and what to do next"),
		OPT_U32(0, "threads", &q.threads, "<number>", "default: one per processor"),
		OPT_END
	};
	int r;

	r = tool_start(&thin_check_tool, opts, argc, &argv);
	if (r != TOOL_RUN)
		return r;
	if (tool_is_mistaken(&thin_check_tool, q.quiet, thin_check_request_mistake(&q)))
		return 1;
	if (thin_check_request_has_undo_already(&q))
		return 1;
	if (q.clear_needs_check && q.super_block_only)
		tool_say(&thin_check_tool, argv[0],
			 "warning: the flag is cleared after a look at the superblock alone");
	return tool_status(&thin_check_tool, argv[0], run(argv[0], &q));
}

const struct tool thin_check_tool = {
	.name = "thin_check",
	.summary = "Checks the metadata of a thin pool.",
	.operands = "{device|file}",
	.nr_operands = 1,
	.examples =
		"  thin_check /dev/mapper/vg-pool_tmeta\n"
		"  thin_check --explain metadata.img\n"
		"  thin_check -q --clear-needs-check-flag /dev/mapper/vg-pool_tmeta\n"
		"  thin_check --rebuild-space-maps --undo pool.undo /dev/vg/meta\n",
	.meant = "auto-repair override-mapping-root",
	.main = thin_check_main,
};
