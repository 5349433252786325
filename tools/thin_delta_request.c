/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_delta_request.h"

#include <errno.h>
#include <string.h>

#include "thin_delta_text.h"

static const struct tool *const tool = &thin_delta_tool;

static int read_sides(struct thin_delta_request *q)
{
	static const char *const both[] = {
		"--thin1 and --root1 do not go together", "--thin2 and --root2 do not go together",
	};
	static const char *const none[] = {
		"missing option: --thin1 or --root1",
		"missing option: --thin2 or --root2",
	};

	for (unsigned i = 0; i < 2; i++) {
		if (q->ids[i].set && q->roots[i].set)
			return tool_mistake(tool, both[i]);
		if (!q->ids[i].set && !q->roots[i].set)
			return tool_mistake(tool, none[i]);
		q->opts.sides[i] = (struct thin_delta_side){
			.is_root = q->roots[i].set,
			.number = q->roots[i].set ? q->roots[i].value : q->ids[i].value,
		};
	}
	return 0;
}

static bool want(struct thin_delta_request *q, const char *name, size_t len)
{
	for (int k = 0; k < NR_THIN_DELTA_KINDS; k++) {
		const char *kind = thin_delta_kind_name((enum thin_delta_kind)k);

		if (strlen(kind) != len || memcmp(kind, name, len))
			continue;
		q->opts.wanted[k] = true;
		return true;
	}
	return false;
}

static int read_only_kinds(struct thin_delta_request *q)
{
	const char *word = q->only ? q->only : "same,different,left_only,right_only";

	for (;;) {
		size_t len = strcspn(word, ",");

		if (!want(q, word, len))
			return tool_mistaken_value(tool, "only", q->only, "some of same, "
						   "different, left_only, right_only, with commas "
						   "between them");
		word += len;
		if (!*word++)
			return 0;
	}
}

int thin_delta_request_read(struct thin_delta_request *q)
{
	if (read_sides(q) || read_only_kinds(q))
		return -EINVAL;
	q->opts.by_data = q->verbose;
	q->opts.metadata_snap = q->metadata_snap.set;
	if (q->metadata_snap.has_value)
		q->opts.metadata_snap_block = q->metadata_snap.value;
	q->opts.nr_threads = (unsigned)q->threads.value;
	return 0;
}
