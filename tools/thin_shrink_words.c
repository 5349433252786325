/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_shrink_words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "meta/format.h"
#include "thin_trim_words.h"
#include "xml_words.h"

/* Data blocks as bytes in words. */
static const char *size_of(const struct thin_shrink_report *rep, uint64_t nr,
			   char text[UNITS_TEXT_MAX])
{
	return units_bytes(nr * rep->pool.data_block_size * META_SECTOR_SIZE, text);
}

void thin_shrink_print_plan(const struct thin_shrink_report *rep, uint64_t nr_data_blocks)
{
	char a[UNITS_TEXT_MAX], b[UNITS_TEXT_MAX];

	printf("data blocks now: %" PRIu64 " (%s), mapped: %" PRIu64 " (%s)\n",
	       rep->pool.nr_data_blocks, size_of(rep, rep->pool.nr_data_blocks, a),
	       rep->nr_mapped, size_of(rep, rep->nr_mapped, b));
	printf("data blocks then: %" PRIu64 " (%s), at least: %" PRIu64 " (%s)\n",
	       nr_data_blocks, size_of(rep, nr_data_blocks, a), rep->nr_smallest,
	       size_of(rep, rep->nr_smallest, b));
	printf("data blocks to move: %" PRIu64 " (%s), free for them: %" PRIu64 " (%s)\n",
	       rep->nr_moved, size_of(rep, rep->nr_moved, a), rep->nr_room,
	       size_of(rep, rep->nr_room, b));
	printf("ranges to move: %" PRIu64 ", in pieces: %" PRIu64 "\n", rep->nr_ranges,
	       rep->nr_moves);
	printf("runs of mappings now: %" PRIu64 ", then: %" PRIu64 "\n", rep->nr_runs_before,
	       rep->nr_runs_after);
	if (rep->nr_needed)
		printf("metadata blocks needed: %" PRIu64 " (%s)\n", rep->nr_needed,
		       units_bytes(rep->nr_needed * META_BLOCK_SIZE, a));
}

void thin_shrink_warn(void *arg, const struct thin_issue *i)
{
	xml_words_warn(&thin_shrink_tool, arg, i);
}

static void say_damage(const struct tool *tool, const char *input,
		       const struct thin_shrink_report *rep,
		       const struct thin_check_report *check)
{
	const struct thin_trim_words w = { .tool = tool, .metadata = input };

	if (rep->has_fault)
		tool_say_fault(tool, input, &rep->fault);
	else if (check && !thin_check_is_good(check, true))
		thin_trim_words_refuse(&w, check);
	else
		xml_words_say(tool, input, &rep->issue);
}

static void say_no_room(const struct tool *tool, const char *input, uint64_t nr_data_blocks,
			const struct thin_shrink_report *rep)
{
	char move[UNITS_TEXT_MAX], room[UNITS_TEXT_MAX];

	if (!rep->nr_moved)
		tool_say(tool, input, "needs more metadata than any metadata device can hold");
	else
		tool_say(tool, input, "does not fit into %" PRIu64 " data blocks: %" PRIu64
			 " (%s) behind that are in use, %" PRIu64 " (%s) before it are free; "
			 "it fits into %" PRIu64, nr_data_blocks, rep->nr_moved,
			 size_of(rep, rep->nr_moved, move), rep->nr_room,
			 size_of(rep, rep->nr_room, room), rep->nr_smallest);
}

int thin_shrink_say_no_plan(const struct tool *tool, const char *input, uint64_t nr_data_blocks,
			    const struct thin_shrink_report *rep,
			    const struct thin_check_report *check, int r)
{
	if (r == -EUCLEAN)
		say_damage(tool, input, rep, check);
	else if (r == -ENOSPC)
		say_no_room(tool, input, nr_data_blocks, rep);
	else if (r == -ERANGE)
		tool_say(tool, input, "--nr-blocks is %" PRIu64 ", but the pool has %" PRIu64
			 " data blocks already; wanted at most that", nr_data_blocks,
			 rep->pool.nr_data_blocks);
	else
		tool_say(tool, input, "%s", strerror(-r));
	return -EUCLEAN;
}

int thin_shrink_say_not_copied(const struct tool *tool, const char *data,
			       const struct thin_shrink_copied *c, int r)
{
	static const char *const steps[] = {
		[THIN_SHRINK_READ] = "cannot be read",
		[THIN_SHRINK_WRITE] = "cannot be written",
		[THIN_SHRINK_VERIFY] = "cannot be read after it was written",
	};

	if (r == -ENOMEM)
		tool_say(tool, data, "%s", strerror(-r));
	else if (r == -EILSEQ)
		tool_say(tool, data, "data block %" PRIu64 " does not read as it was written; "
			 "the old metadata is still good", c->failed_block);
	else if (c->failed == THIN_SHRINK_FLUSH)
		tool_say(tool, data, "%s; the old metadata is still good", strerror(-r));
	else
		tool_say(tool, data, "data block %" PRIu64 " %s: %s; the old metadata is still "
			 "good%s", c->failed_block, steps[c->failed], strerror(-r),
			 c->failed == THIN_SHRINK_READ ?
			 "; thin_rmap says whose block it is" : "");
	return -EUCLEAN;
}
