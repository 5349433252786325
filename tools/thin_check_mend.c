/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_check_mend.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "meta/thin_undo.h"
#include "tool.h"

static bool is_of_space_maps(const struct fault *f)
{
	return block_kind_is_space_map(f->kind) || f->code == FAULT_META_TOTAL ||
	       f->code == FAULT_DATA_TOTAL;
}

bool mend_is_for_rebuild(const struct thin_check_report *rep)
{
	for (size_t i = 0; i < rep->nr_faults; i++)
		if (is_of_space_maps(&rep->faults[i]))
			return true;
	return !thin_check_is_good(rep, false);
}

/* The first of the worst is why. */
static void say_trees(const char *path, const struct thin_check_report *rep)
{
	const struct fault *why = NULL;
	char text[FAULT_TEXT_MAX];

	for (size_t i = 0; i < rep->nr_faults; i++) {
		const struct fault *f = &rep->faults[i];

		if (fault_class(f) != FAULT_HINT && (!why || fault_class(f) < fault_class(why)))
			why = f;
	}
	tool_say(&thin_check_tool, path, "the space maps are not rebuilt, as they are counted from "
		 "the trees, and those are not sound: %s; thin_repair to another device saves "
		 "what there is", why ? fault_text(why, text) : "not known why");
}

static void say_failure(const struct mend *m, const char *path, int r,
			const struct thin_check_mending *how)
{
	if (how->undo_failed)
		tool_say(&thin_check_tool, m->undo, "cannot be written: %s; nothing else was "
			 "written", strerror(-r));
	else if (how->trees)
		say_trees(path, how->trees);
	else if (how->unsound)
		tool_say(&thin_check_tool, path, "what was written does not read back as it "
			 "should; the old space maps are still in use");
	else if (r == -ENOSPC)
		tool_say(&thin_check_tool, path, "%s: no free metadata blocks for the new space "
			 "map; thin_repair to a larger device can", how->what ==
			 THIN_MEND_SPACE_MAPS ? "space maps cannot be rebuilt" :
						  "leaks cannot be repaired");
	else if (r == -EUCLEAN)
		tool_say(&thin_check_tool, path, "cannot be repaired: it has changed just now");
	else
		tool_say(&thin_check_tool, path, "cannot write: %s", strerror(-r));
}

static void say_sizes(const char *path, const struct thin_check_report *rep,
		      const struct thin_check_mending *how)
{
	if (rep->has_sb && rep->sb.data_sm.nr_blocks == how->nr_data_blocks &&
	    rep->sb.metadata_sm.nr_blocks == how->nr_metadata_blocks)
		return;
	tool_say(&thin_check_tool, path, "the space maps are about %" PRIu64 " data blocks and %"
		 PRIu64 " metadata blocks now; the kernel adds what its devices have more",
		 how->nr_data_blocks, how->nr_metadata_blocks);
}

int mend_do(struct mend *m, const char *path, struct engine *e,
	    const struct thin_check_report *rep)
{
	struct progress progress = { 0, 0 };
	struct thin_check_mending how = {
		.nr_threads = m->nr_threads, .undo = m->undo, .progress = &progress,
	};
	const char *done;
	int r;

	if (m->rebuild && mend_is_for_rebuild(rep)) {
		how.what = THIN_MEND_SPACE_MAPS;
		done = "space maps are rebuilt";
	} else if (rep->nr_by_class[FAULT_LEAK] && rep->counted) {
		how.what = THIN_MEND_LEAKS;
		done = "leaks are repaired";
	} else if (rep->sb.flags & 1) {
		how.what = THIN_MEND_FLAG;
		done = "needs_check is cleared";
	} else {
		return 0;
	}
	tool_progress_begin("repairing", &progress);
	r = thin_check_mend(e, &how);
	tool_progress_end();
	if (r)
		say_failure(m, path, r, &how);
	else if (how.what == THIN_MEND_SPACE_MAPS)
		say_sizes(path, rep, &how);
	thin_check_free(how.trees);
	m->done = r ? NULL : done;
	return r;
}

static int say_issue(const char *undo, int r, const struct thin_undo_issue *issue)
{
	char text[THIN_UNDO_TEXT_MAX];

	if (r != -EUCLEAN)
		return tool_say_cannot_open(&thin_check_tool, undo, r, "an undo file", "");
	tool_say(&thin_check_tool, undo, "%s", thin_undo_text(issue, text));
	return r;
}

static int apply(const char *path, const char *undo, struct thin_undo *u, struct engine *e)
{
	struct thin_undo_issue issue;
	uint64_t nr;
	int r = thin_undo_apply(u, e, &nr, &issue);

	if (r == -EUCLEAN)
		return say_issue(undo, r, &issue);
	if (r)
		tool_say(&thin_check_tool, path, "cannot be put back: %s", strerror(-r));
	else if (nr)
		tool_say(&thin_check_tool, path, "is as it was before the repair: %" PRIu64
			 " blocks are put back", nr);
	else
		tool_say(&thin_check_tool, path, "nothing to undo, it is as it was before the "
			 "repair");
	return r ? -EUCLEAN : 0;
}

int mend_undo(const char *path, const char *undo)
{
	struct thin_undo_issue issue;
	struct thin_undo *u = NULL;
	struct engine *e = NULL;
	int r = thin_undo_open(&u, undo, &issue), closed;

	if (r)
		return say_issue(undo, r, &issue);
	r = tool_open(&thin_check_tool, path, ENGINE_WRITE, &e);
	r = r ? r : apply(path, undo, u, e);
	thin_undo_close(u);
	closed = engine_close(e);
	return r ? r : closed;
}
