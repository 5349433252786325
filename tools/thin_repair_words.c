/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_repair_words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* So many lines for the pool, and for each device. */
enum {
	MOST_LINES = 10,
};

bool thin_repair_is_changed(const struct thin_repair_report *rep)
{
	return rep->nr_by_class[THIN_DOUBT] || rep->nr_by_class[THIN_OLDER] ||
	       rep->nr_by_class[THIN_LOSS];
}

/* A copy has no metadata snapshot, and counts are made anew: nobody misses them. */
static bool is_of_interest(const struct thin_repair_report *rep, const struct thin_finding *f)
{
	return thin_repair_is_changed(rep) || (f->code != THIN_FINDING_HELD_DROPPED &&
					       f->code != THIN_FINDING_COUNTS_LOST);
}

static void say_finding(const struct tool *tool, const char *path, const struct thin_finding *f)
{
	char text[THIN_FINDING_TEXT_MAX], device[32] = "", range[80] = "";

	if (f->dev_id != THIN_FINDING_NO_DEV)
		snprintf(device, sizeof(device), "device %" PRIu32 ": ", f->dev_id);
	if (f->end == UINT64_MAX)
		snprintf(range, sizeof(range), "thin blocks from %" PRIu64 " on: ", f->begin);
	else if (f->begin < f->end)
		snprintf(range, sizeof(range), "thin blocks %" PRIu64 " to %" PRIu64 ": ",
			 f->begin, f->end - 1);
	tool_say(tool, path, "%s: %s%s%s", thin_finding_class_name(thin_finding_class(f)),
		 device, range, thin_finding_text(f, text));
}

/* Finding @i is one of the first of its device, or of its device's worst. */
static void say_group(const struct tool *tool, const char *path,
		      const struct thin_repair_report *rep, size_t begin, size_t end)
{
	size_t nr = 0, left = 0;

	for (size_t i = begin; i < end; i++) {
		const struct thin_finding *f = &rep->findings[i];

		if (!is_of_interest(rep, f))
			continue;
		if (nr++ < MOST_LINES || f->code == THIN_FINDING_MISSING)
			say_finding(tool, path, f);
		else
			left++;
	}
	if (left)
		tool_say(tool, path, "device %" PRIu32 ": %zu more; --report has all of them",
			 rep->findings[begin].dev_id, left);
}

int thin_repair_say_failure(const struct tool *tool, const char *path, int r)
{
	const char *why = NULL;

	if (r == -ENOKEY)
		why = "block 0 is no superblock: no thin metadata found there; if this is the "
		      "pool's metadata device (_tmeta), thin_repair goes on without one when it is "
		      "told the pool's --data-block-size";
	else if (r == -ENOSPC)
		why = "is so damaged that what would have to be made anew has no room";
	else if (r == -ENODATA)
		why = "no devices found, neither in trees that are in use nor in older ones; "
		      "nothing was written";
	else if (r == -ENOENT)
		why = "no sound device trees at these roots; --list-roots shows what there is";
	else if (r == -ERANGE)
		why = "--nr-data-blocks: there are mappings to data blocks behind that";
	if (!why)
		return r;
	tool_say(tool, path, "%s", why);
	return -EUCLEAN;
}

void thin_repair_print_words(const struct tool *tool, const char *path,
			     const struct thin_repair_report *rep)
{
	size_t begin = 0, end;

	for (; begin < rep->nr_findings; begin = end) {
		for (end = begin; end < rep->nr_findings; end++)
			if (rep->findings[end].dev_id != rep->findings[begin].dev_id)
				break;
		say_group(tool, path, rep, begin, end);
	}
	if (thin_repair_is_changed(rep))
		tool_say(tool, path, "saved %zu devices with %" PRIu64 " mappings; %" PRIu64
			 " findings of loss, %" PRIu64 " older, %" PRIu64 " doubtful",
			 rep->nr_devices, rep->nr_mappings, rep->nr_by_class[THIN_LOSS],
			 rep->nr_by_class[THIN_OLDER], rep->nr_by_class[THIN_DOUBT]);
}

void thin_repair_print_roots(const struct thin_roots *roots, size_t nr)
{
	printf("%6s %12s %12s %8s %12s %8s %8s %12s  %s\n", "NUMBER", "MAPPING_ROOT",
	       "DETAILS_ROOT", "TIME", "TRANSACTION", "DEVICES", "WHOLE", "MAPPED", "IDS");
	for (size_t i = 0; i < nr; i++) {
		const struct thin_roots *r = &roots[i];

		printf("%6zu %12" PRIu64 " %12" PRIu64 " %8" PRIu32 " %12" PRIu64 " %8" PRIu64
		       " %8" PRIu64 " %12" PRIu64 "  ", i, r->mapping_root, r->details_root,
		       r->time, r->transaction_id, r->nr_devices, r->nr_whole, r->nr_mapped);
		if (r->nr_devices)
			printf("%" PRIu32 "..%" PRIu32, r->first_dev_id, r->last_dev_id);
		printf("%s%s\n", r->current ? " current" : "", r->held ? " held" : "");
	}
}
