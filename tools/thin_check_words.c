/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_check_words.h"

#include <inttypes.h>
#include <stdio.h>

#include "tool.h"

/*
 * So many lines for each class of findings, for what is lost, and for the devices that
 * lost it.  What was mended nobody can look up later.
 */
enum { MOST_LINES = 50, MOST_LINES_MENDED = 1000 };

static bool is_cut_short(const struct thin_check_report *rep)
{
	for (size_t i = 0; i < rep->nr_faults; i++)
		if (rep->faults[i].code == FAULT_SB_DEVICE_SIZE)
			return true;
	return false;
}

/* Is it nothing but these that makes the pool unfit for use? */
static bool is_about_space_maps(const struct thin_check_report *rep)
{
	for (size_t i = 0; i < rep->nr_faults; i++)
		if (fault_class(&rep->faults[i]) == FAULT_REPAIR &&
		    !block_kind_is_space_map(rep->faults[i].kind))
			return false;
	return !rep->nr_by_class[FAULT_POLICY];
}

struct advice thin_check_advice(const struct thin_check_report *rep)
{
	const uint64_t *nr = rep->nr_by_class;

	if (!rep->has_sb && is_cut_short(rep))
		return (struct advice){
			"the device ends before its metadata does, so nothing else was read.",
			"find the whole device: was it copied in part, or made smaller?",
		};
	if (!rep->has_sb)
		return (struct advice){
			"no thin metadata found, so nothing else was read; if this is the pool's "
			"metadata device (_tmeta), thin_repair may help.",
			"make sure that this is the pool's metadata device (_tmeta); if it is, "
			"thin_repair to another device.",
		};
	if (nr[FAULT_FATAL])
		return (struct advice){
			"part of the metadata is lost; the ranges named are gone from their "
			"devices, everything else is still there.",
			"keep this device as it is; copy what is sound to another one with "
			"\"thin_repair -i THIS -o OTHER\" (lvm2: lvconvert --repair VG/POOL).",
		};
	if (nr[FAULT_REPAIR] && is_about_space_maps(rep))
		return (struct advice){
			"all mappings are there and sound, but the space maps are not, so writing "
			"to the pool as it is could overwrite data that is in use.",
			"do not activate the pool; \"thin_check --rebuild-space-maps --undo FILE "
			"THIS\" makes the space maps anew.",
		};
	if (nr[FAULT_REPAIR])
		return (struct advice){
			"all mappings are there, but writing to the pool as it is could "
			"overwrite data that is in use.",
			"do not activate the pool; rebuild its metadata with "
			"\"thin_repair -i THIS -o OTHER\" (lvm2: lvconvert --repair VG/POOL).",
		};
	if (nr[FAULT_POLICY])
		return (struct advice){
			"the metadata is sound, but made for something else than this kernel's "
			"thin targets know.",
			"use the kernel that made it.",
		};
	if (nr[FAULT_LEAK])
		return (struct advice){
			"no data is in danger; some space counts as used that nobody uses, as it "
			"happens after an unclean stop.",
			"\"thin_check --auto-repair THIS\" gives it back; "
			"--ignore-non-fatal-errors lets the check pass.",
		};
	if (rep->sb.flags & 1)
		return (struct advice){
			"the metadata is sound; the kernel has asked for a check and keeps the "
			"pool read-only until the flag is cleared.",
			"\"thin_check --clear-needs-check-flag THIS\".",
		};
	return (struct advice){ "the metadata is sound.", "nothing." };
}

/* Hints are no news on a sound pool, but for the kernel's wish for a check. */
static bool is_news(const struct fault *f, bool sound)
{
	return !sound || fault_class(f) != FAULT_HINT || f->code == FAULT_SB_NEEDS_CHECK;
}

static void say_faults(const char *path, const struct thin_check_report *rep, bool hints,
		       size_t most)
{
	bool sound = thin_check_is_good(rep, false) && !hints;
	uint64_t told[NR_FAULT_CLASSES] = { 0 }, left = 0, all = 0;
	char text[FAULT_TEXT_MAX];

	for (size_t i = 0; i < rep->nr_faults; i++) {
		enum fault_class class = fault_class(&rep->faults[i]);

		if (!is_news(&rep->faults[i], sound))
			continue;
		if (told[class]++ < most)
			tool_say(&thin_check_tool, path, "%s: %s", fault_class_name(class),
				 fault_text(&rep->faults[i], text));
		else
			left++;
	}
	for (unsigned i = 0; i < NR_FAULT_CLASSES; i++)
		all += rep->nr_by_class[i];
	left += all - rep->nr_faults;
	if (left)
		tool_say(&thin_check_tool, path, "and %" PRIu64 " more; of all %" PRIu64
			 " findings --json has %zu", left, all, rep->nr_faults);
}

static void say_left(const char *path, size_t nr, size_t most, const char *what)
{
	if (nr > most)
		tool_say(&thin_check_tool, path, "and %zu more %s; --json has them", nr - most,
			 what);
}

static void say_hit(const char *path, const struct thin_hit *h)
{
	if (h->has_mapped && h->nr_mapped >= h->nr_found)
		tool_say(&thin_check_tool, path, "lost: device %" PRIu32 ": %" PRIu64 " of %" PRIu64
			 " mappings", h->dev_id, h->nr_mapped - h->nr_found, h->nr_mapped);
	else
		tool_say(&thin_check_tool, path, "lost: device %" PRIu32 ": all but %" PRIu64
			 " mappings, nobody knows of how many", h->dev_id, h->nr_found);
}

static void say_losses(const char *path, const struct thin_check_report *rep, size_t most)
{
	for (size_t i = 0; i < rep->nr_losses && i < most; i++) {
		const struct thin_loss *l = &rep->losses[i];

		if (l->end == UINT64_MAX)
			tool_say(&thin_check_tool, path, "lost: device %" PRIu32 ": thin blocks "
				 "from %" PRIu64 " on, with block %" PRIu64,
				 l->dev_id, l->begin, l->where);
		else
			tool_say(&thin_check_tool, path, "lost: device %" PRIu32 ": thin blocks %"
				 PRIu64 "..%" PRIu64 ", with block %" PRIu64,
				 l->dev_id, l->begin, l->end, l->where);
	}
	say_left(path, rep->nr_losses, most, "ranges that are lost");
	for (size_t i = 0; i < rep->nr_hits && i < most; i++)
		say_hit(path, &rep->hits[i]);
	say_left(path, rep->nr_hits, most, "devices that have lost mappings");
}

/* What each sort of finding means, once. */
static void explain_codes(const char *path, const struct thin_check_report *rep)
{
	bool told[NR_FAULT_CODES] = { false };
	char text[THIN_CHECK_MEANING_MAX];

	for (size_t i = 0; i < rep->nr_faults; i++) {
		enum fault_code code = rep->faults[i].code;

		if (!told[code])
			tool_say(&thin_check_tool, path, "%s: %s", fault_name(code),
				 thin_check_meaning(code, text));
		told[code] = true;
	}
}

void thin_check_print_words(const char *path, const struct thin_check_report *rep, bool explain,
			    const char *done)
{
	struct advice advice = thin_check_advice(rep);
	size_t most = done ? MOST_LINES_MENDED : MOST_LINES;

	say_faults(path, rep, explain, most);
	say_losses(path, rep, most);
	if (done)
		tool_say(&thin_check_tool, path, "%s", done);
	if (explain)
		explain_codes(path, rep);
	if (explain && !done) {
		tool_say(&thin_check_tool, path, "meaning: %s", advice.meaning);
		tool_say(&thin_check_tool, path, "next: %s", advice.next);
	} else if (!done && !thin_check_is_good(rep, false)) {
		tool_say(&thin_check_tool, path, "%s --explain says more", advice.meaning);
	}
}

void thin_check_print_accepted(void *arg, const struct thin_check_report *rep)
{
	(void)arg;
	printf("TRANSACTION_ID=%" PRIu64 "\nMETADATA_FREE_BLOCKS=%" PRIu64 "\n",
	       rep->sb.transaction_id, rep->metadata_free);
	tool_flush();
}
