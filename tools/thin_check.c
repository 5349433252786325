/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "meta/thin_check.h"
#include "thin_check_json.h"
#include "thin_check_mend.h"
#include "thin_check_words.h"
#include "tool.h"

struct options {
	bool quiet;
	bool super_block_only;
	bool skip_mappings;
	bool ignore_non_fatal;
	bool clear_needs_check;
	bool auto_repair;
	bool rebuild;
	bool json;
	bool explain;
	struct opt_u64 metadata_snap;
	struct opt_u64 mapping_root;
	struct opt_u64 details_root;
	struct opt_u64 threads;
	const char *undo;
	const char *apply_undo;
};

static bool is_mending(const struct options *o)
{
	return o->auto_repair || o->clear_needs_check || o->rebuild;
}

static const char *find_undo_conflict(const struct options *o)
{
	if (o->undo && !is_mending(o))
		return "--undo needs --rebuild-space-maps, --auto-repair or "
		       "--clear-needs-check-flag; to put back what an undo file has, use "
		       "--apply-undo";
	if (o->undo && !access(o->undo, F_OK))
		return "--undo: the file exists already; another name is needed";
	if (o->apply_undo && (is_mending(o) || o->metadata_snap.set || o->skip_mappings ||
			      o->super_block_only || o->ignore_non_fatal || o->json ||
			      o->explain || o->mapping_root.set || o->details_root.set))
		return "--apply-undo checks nothing: it goes with no other option but --quiet";
	return NULL;
}

/* What goes together, and what does not. */
static const char *find_conflict(const struct options *o)
{
	bool override = o->mapping_root.set || o->details_root.set;

	if (o->auto_repair && (o->metadata_snap.set || o->skip_mappings || o->super_block_only ||
			       o->ignore_non_fatal || override))
		return "--auto-repair needs a full check: not with --metadata-snap, "
		       "--skip-mappings, --super-block-only, --ignore-non-fatal-errors or an "
		       "--override option";
	if (o->rebuild && (o->metadata_snap.set || o->skip_mappings || o->super_block_only ||
			   o->ignore_non_fatal || override))
		return "--rebuild-space-maps needs a full check: not with --metadata-snap, "
		       "--skip-mappings, --super-block-only, --ignore-non-fatal-errors or an "
		       "--override option";
	if (o->clear_needs_check && (o->metadata_snap.set || override))
		return "--clear-needs-check-flag does not go with --metadata-snap or an "
		       "--override option";
	return find_undo_conflict(o);
}

static void print_accepted(void *arg, const struct thin_check_report *rep)
{
	const struct options *o = arg;

	if (o->quiet || o->json)
		return;
	printf("TRANSACTION_ID=%" PRIu64 "\nMETADATA_FREE_BLOCKS=%" PRIu64 "\n",
	       rep->sb.transaction_id, rep->metadata_free);
	tool_flush();
}

static int check(struct engine *e, const struct options *o, struct thin_check_report **rep)
{
	struct progress progress = { 0, 0 };
	struct thin_check_opts opts = {
		.nr_threads = (unsigned)o->threads.value,
		.super_block_only = o->super_block_only,
		.skip_mappings = o->skip_mappings,
		.metadata_snap = o->metadata_snap.set,
		.has_mapping_root = o->mapping_root.set,
		.has_details_root = o->details_root.set,
		.mapping_root = o->mapping_root.value,
		.details_root = o->details_root.value,
		.accepted = print_accepted,
		.arg = (void *)o,
		.progress = &progress,
	};
	int r;

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
static int judge(const char *path, struct engine *e, const struct options *o,
		 const struct thin_check_report *rep)
{
	bool good = thin_check_is_good(rep, is_mending(o) || o->ignore_non_fatal);
	struct mend m = {
		.rebuild = o->rebuild, .nr_threads = (unsigned)o->threads.value, .undo = o->undo,
	};
	int r = 0;

	if (is_mending(o) && (good || o->rebuild)) {
		r = mend_do(&m, path, e, rep);
		good = good || o->rebuild;
	}
	if (o->json && !o->quiet)
		thin_check_print_json(stdout, path, rep, good && !r, m.done);
	else if (!o->quiet)
		thin_check_print_words(path, rep, o->explain, m.done);
	if (o->undo && !m.done && good && !r)
		tool_say(&thin_check_tool, path, "there was nothing to write, so there is no undo "
			 "file");
	return good && !r ? 0 : -EUCLEAN;
}

/* A block given with -m must be the metadata snapshot's. */
static bool is_other_snapshot(const char *path, const struct options *o,
			      const struct thin_check_report *rep)
{
	if (!o->metadata_snap.has_value || !rep->has_sb ||
	    o->metadata_snap.value == rep->sb.held_root)
		return false;
	tool_say(&thin_check_tool, path, "the metadata snapshot is in block %" PRIu64
		 ", not in block %" PRIu64, rep->sb.held_root, o->metadata_snap.value);
	return true;
}

static int run(const char *path, const struct options *o)
{
	unsigned flags = o->metadata_snap.set ? ENGINE_SHARED : is_mending(o) ? ENGINE_WRITE :
			 ENGINE_READ;
	struct thin_check_report *rep = NULL;
	struct engine *e = NULL;
	int r, closed;

	if (o->apply_undo)
		return mend_undo(path, o->apply_undo);
	r = tool_open(&thin_check_tool, path, flags, &e);
	if (r)
		return r;
	r = check(e, o, &rep);
	if (r == -ENODATA) {
		tool_say(&thin_check_tool, path, "there is no metadata snapshot; "
			 "\"dmsetup message POOL 0 reserve_metadata_snap\" takes one");
		r = -EUCLEAN;
	} else if (!r) {
		r = is_other_snapshot(path, o, rep) ? -EUCLEAN : judge(path, e, o, rep);
		thin_check_free(rep);
	}
	closed = engine_close(e);
	return r ? r : closed;
}

static int thin_check_main(int argc, char **argv)
{
	struct options o = { .quiet = false };
	const struct opt opts[] = {
		OPT_FLAG('q', "quiet", &o.quiet, "say nothing, just set the exit status"),
		OPT_FLAG(0, "super-block-only", &o.super_block_only, "check only the superblock"),
		OPT_FLAG(0, "skip-mappings", &o.skip_mappings,
			 "check the devices, not what they map"),
		OPT_FLAG(0, "ignore-non-fatal-errors", &o.ignore_non_fatal,
			 "leaks and stale totals do not fail the check"),
		OPT_FLAG(0, "clear-needs-check-flag", &o.clear_needs_check,
			 "after a good check clear the flag, repair leaks"),
		OPT_FLAG(0, "auto-repair", &o.auto_repair,
			 "repair leaks and stale totals, clear the flag"),
		OPT_FLAG(0, "rebuild-space-maps", &o.rebuild,
			 "make the space maps anew if anything is wrong"),
		OPT_STRING(0, "undo", &o.undo, "<file>",
			   "first save here what will be overwritten"),
		OPT_STRING(0, "apply-undo", &o.apply_undo, "<file>",
			   "put back what was saved, nothing else"),
		OPT_MAYBE_U64('m', "metadata-snap", &o.metadata_snap, "<block>",
			      "check the metadata snapshot of a live pool"),
		OPT_MAYBE_U64(0, "metadata-snapshot", &o.metadata_snap, NULL, NULL),
		OPT_U64(0, "override-mapping-root", &o.mapping_root, "<block>",
			"start from this mapping root"),
		OPT_U64(0, "override-details-root", &o.details_root, "<block>",
			"start from this device details root"),
		OPT_FLAG(0, "json", &o.json, "print everything found as one JSON object"),
		OPT_FLAG(0, "explain", &o.explain, "say what it means and what to do next"),
		OPT_U32(0, "threads", &o.threads, "<number>", "default: one per processor"),
		OPT_END
	};
	const char *conflict;
	int r;

	r = tool_start(&thin_check_tool, opts, argc, &argv);
	if (r != TOOL_RUN)
		return r;
	if (o.quiet)
		tool_be_quiet();
	conflict = find_conflict(&o);
	if (conflict) {
		tool_say(&thin_check_tool, NULL, "%s", conflict);
		return 1;
	}
	if (o.clear_needs_check && o.super_block_only)
		tool_say(&thin_check_tool, argv[0],
			 "warning: the flag is cleared after a look at the superblock alone");
	return tool_status(&thin_check_tool, argv[0], run(argv[0], &o));
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
		"  thin_check --rebuild-space-maps --undo pool.undo /dev/mapper/vg-pool_tmeta\n",
	.meant = "auto-repair override-mapping-root",
	.main = thin_check_main,
};
