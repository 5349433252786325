/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_repair_words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* So many lines for the pool, and for each device. */
enum {
	MOST_LINES = 10,
	DEVICE_MAX = LVM_NAME_MAX + 32,
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

/* Who says it about what. */
struct voice {
	const struct tool *tool;
	const char *path;
	const struct lvm_pool *names;
};

/* "device 7 (home): ", or nothing. */
static const char *device_of(const struct voice *v, const struct thin_finding *f,
			     char text[DEVICE_MAX])
{
	const char *name = lvm_pool_name_of(v->names, f->dev_id);

	*text = '\0';
	if (f->dev_id != THIN_FINDING_NO_DEV)
		snprintf(text, DEVICE_MAX, "device %" PRIu32 "%s%s%s: ", f->dev_id,
			 name ? " (" : "", name ? name : "", name ? ")" : "");
	return text;
}

static void say_finding(const struct voice *v, const struct thin_finding *f)
{
	char text[THIN_FINDING_TEXT_MAX], device[DEVICE_MAX], range[80] = "";

	if (f->end == UINT64_MAX)
		snprintf(range, sizeof(range), "thin blocks from %" PRIu64 " on: ", f->begin);
	else if (f->begin < f->end)
		snprintf(range, sizeof(range), "thin blocks %" PRIu64 " to %" PRIu64 ": ",
			 f->begin, f->end - 1);
	tool_say(v->tool, v->path, "%s: %s%s%s", thin_finding_class_name(thin_finding_class(f)),
		 device_of(v, f, device), range, thin_finding_text(f, text));
}

/* Does it go on with what is older where @last, which may be NULL, ends?  One line has both. */
static bool goes_on(const struct thin_finding *last, const struct thin_finding *f)
{
	return last && last->end == f->begin && f->begin < f->end;
}

/* Says finding @i with all that are older behind it, as far as they go on. */
static void say_older(const struct voice *v, const struct thin_repair_report *rep, size_t i,
		      size_t end)
{
	struct thin_finding all = rep->findings[i];

	while (++i < end) {
		const struct thin_finding *f = &rep->findings[i];

		if (f->code != all.code)
			continue;
		if (!goes_on(&all, f))
			break;
		all.end = f->end;
		all.nr += f->nr;
	}
	say_finding(v, &all);
}

/* Finding @i is one of the first of its device, or of its device's worst. */
static void say_group(const struct voice *v, const struct thin_repair_report *rep, size_t begin,
		      size_t end)
{
	const struct thin_finding *older = NULL;
	char device[DEVICE_MAX];
	size_t nr = 0, left = 0;

	for (size_t i = begin; i < end; i++) {
		const struct thin_finding *f = &rep->findings[i];
		bool is_older = f->code == THIN_FINDING_OLDER, is_told;

		is_told = is_older && goes_on(older, f);
		older = is_older ? f : older;
		if (is_told || !is_of_interest(rep, f))
			continue;
		if (nr++ >= MOST_LINES && f->code != THIN_FINDING_MISSING)
			left++;
		else if (is_older)
			say_older(v, rep, i, end);
		else
			say_finding(v, f);
	}
	if (left)
		tool_say(v->tool, v->path, "%s%zu more; --report has all of them",
			 device_of(v, &rep->findings[begin], device), left);
}

int thin_repair_say_failure(const struct tool *tool, const char *path, int r)
{
	const char *why = strerror(-r);

	if (r == -ENOKEY)
		why = "block 0 is no superblock: no thin metadata found there; if this is the "
		      "pool's metadata device (_tmeta), thin_repair goes on without one when it is "
		      "told the pool's --data-block-size, or given an --lvm-backup that has it";
	else if (r == -ENOSPC)
		why = "is so damaged that what would have to be made anew has no room";
	else if (r == -ENODATA)
		why = "no devices found, neither in trees that are in use nor in older ones; "
		      "nothing was written";
	else if (r == -ENOENT)
		why = "no sound device trees at these roots; --list-roots shows what there is";
	else if (r == -ERANGE)
		why = "there are mappings to data blocks behind the end of the data device; "
		      "--nr-data-blocks says where that is";
	tool_say(tool, path, "%s", why);
	return -EUCLEAN;
}

/* What to do about it, where that is not plain. */
static void say_advice(const struct voice *v, const struct thin_repair_report *rep)
{
	for (size_t i = 0; i < rep->nr_findings; i++)
		if (rep->findings[i].code == THIN_FINDING_EMPTIED)
			tool_say(v->tool, v->path, "if the pool was formatted by mistake, bring "
				 "them back with \"thin_repair --roots %" PRIu64 " -i %s -o "
				 "OUTPUT\", or with --transaction, if you know it; \"thin_repair "
				 "--list-roots -i %s\" lists all that are there",
				 rep->findings[i].found, v->path, v->path);
}

void thin_repair_print_words(const struct tool *tool, const char *path,
			     const struct lvm_pool *names, const struct thin_repair_report *rep)
{
	const struct voice v = { .tool = tool, .path = path, .names = names };
	size_t begin = 0, end;

	for (; begin < rep->nr_findings; begin = end) {
		for (end = begin; end < rep->nr_findings; end++)
			if (rep->findings[end].dev_id != rep->findings[begin].dev_id)
				break;
		say_group(&v, rep, begin, end);
	}
	say_advice(&v, rep);
	if (thin_repair_is_changed(rep))
		tool_say(tool, path, "saved %zu devices with %" PRIu64 " mappings; %" PRIu64
			 " findings of loss, %" PRIu64 " older, %" PRIu64 " doubtful",
			 rep->nr_devices, rep->nr_mappings, rep->nr_by_class[THIN_LOSS],
			 rep->nr_by_class[THIN_OLDER], rep->nr_by_class[THIN_DOUBT]);
}
